"""Every failure the product names. Each class says whether trying again can help; Temporal's retries follow from it.

``type`` is wire format: the ``ApplicationError`` type inside Temporal, and the last segment of a problem's ``type`` URI
in the API.
"""

from typing import ClassVar


class SwitchboardError(Exception):
    """Base of all typed errors."""

    type: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False

    @property
    def message(self) -> str:
        return str(self)


class Unavailable(SwitchboardError):
    """Something we depend on is away; waiting and trying again is right."""

    type = "unavailable"
    retryable = True


class LogUnavailable(Unavailable):
    type = "log-unavailable"


class BackOfficeUnavailable(Unavailable):
    type = "back-office-unavailable"


class ModelUnavailable(Unavailable):
    type = "model-unavailable"


class ModelFailed(SwitchboardError):
    """The model refused or stayed away for good: a person must take over."""

    type = "model-failed"


class StaleEpoch(SwitchboardError):
    """Somebody else speaks for this conversation now; whatever the caller wanted to say is void."""

    type = "stale-epoch"


class UnknownConversation(SwitchboardError):
    type = "unknown-conversation"

    def __init__(self, conversation_id: str) -> None:
        super().__init__(f"There is no conversation {conversation_id}.")


class UnknownCustomer(SwitchboardError):
    type = "unknown-customer"

    def __init__(self, customer_id: str) -> None:
        super().__init__(f"There is no customer {customer_id}.")


class ToolRefused(SwitchboardError):
    """A tool call that must not run: wrong arguments, not allowed, not agreed. The text says what to do next."""

    type = "tool-refused"


class UnknownTool(ToolRefused):
    """A name that the model made up."""

    type = "unknown-tool"


class InvalidArguments(ToolRefused):
    type = "invalid-arguments"


class NotAuthorized(ToolRefused):
    type = "not-authorized"


class OutsideAuthority(NotAuthorized):
    """The agent has the tool, but not for these arguments: a condition of the authorization matrix does not hold."""

    type = "outside-authority"


class ConsentRequired(ToolRefused):
    type = "consent-required"


class ApprovalRequired(ToolRefused):
    type = "approval-required"


class ApprovalPending(ToolRefused):
    """A person was asked and has not decided yet."""

    type = "approval-pending"


class ApprovalClosed(SwitchboardError):
    """Decided already, or it was too late."""

    type = "approval-closed"


class NotFound(ToolRefused):
    """The thing named in a tool's arguments does not exist, or belongs to somebody else (told apart for nobody)."""

    type = "not-found"


class CreditTooLarge(ToolRefused):
    """More money back than was charged."""

    type = "credit-too-large"


class OutOfStock(ToolRefused):
    """Not enough of it is left."""

    type = "out-of-stock"


class QuoteRefused(ToolRefused):
    """A quote that cannot be ordered: expired, ordered already, or at another price."""

    type = "quote-refused"


class TakenBack(ToolRefused):
    """An effect that was begun, could not be finished, and was undone: it does not happen any more."""

    type = "taken-back"

    def __init__(self) -> None:
        super().__init__(
            "This was tried with the customer's agreement, could not be finished and was taken back, so it is not "
            "done again. If the customer still wants it, make a new offer and wait for their yes."
        )


class PaymentDeclined(ToolRefused):
    """The bank said no. Nothing was charged."""

    type = "payment-declined"


class PaymentRefused(ToolRefused):
    """A payment that we do not take: more than is due, or with a method that is gone. Nothing was charged."""

    type = "payment-refused"


class PlanRefused(ToolRefused):
    """Instalments outside the rules for payment plans."""

    type = "plan-refused"


class RefundTooLarge(ToolRefused):
    """More money back than was paid."""

    type = "refund-too-large"


class DisputeRefused(ToolRefused):
    """A dispute that cannot be opened, or a step that cannot follow its present one."""

    type = "dispute-refused"


class StatusRefused(ToolRefused):
    """A ticket's status that cannot follow its present one."""

    type = "status-refused"


class AnswerUnreadable(ToolRefused):
    """Another system took the request, and what it answered is not what the port promises. Asking again would not
    help: somebody has to look at the connection."""

    type = "answer-unreadable"


class TooManyAttempts(ToolRefused):
    """Too many wrong answers to a security question."""

    type = "too-many-attempts"


class SlotTaken(ToolRefused):
    """A time that somebody else has, or that nobody works."""

    type = "slot-taken"


class NotPossible(ToolRefused):
    """A rule of the company forbids it, or it is so already. The text says which, and what is possible."""

    type = "not-possible"


class ClaimRefused(SwitchboardError):
    """The conversation cannot be claimed by this person now."""

    type = "claim-refused"


class SurveyClosed(SwitchboardError):
    """No survey is open in the conversation: none was asked, or it is answered, expired or dropped."""

    type = "survey-closed"


class NotOwner(SwitchboardError):
    """Only the person who holds the conversation may do this."""

    type = "not-owner"
