"""What the customer agreed to: one tool with exactly these arguments."""

from pydantic import BaseModel, ValidationError

from domain.idempotency import canonical_json
from domain.state import Consent, Offer
from domain.tools import AnyTool


def make_offer(tool: AnyTool, arguments: BaseModel, summary: str) -> Offer:
    """Propose a run of ``tool``; ``arguments`` are of its own model, ``summary`` is what the customer is told."""
    return Offer(tool=tool.name, arguments_json=canonical_json(arguments), summary=summary)


def covers(consent: Consent, tool: AnyTool, arguments: BaseModel) -> bool:
    """Whether the customer's yes was to this run. Another spelling of the same arguments is the same."""
    if consent.offer.tool not in {tool.name, *tool.aliases}:
        return False
    try:
        agreed = tool.arguments.model_validate_json(consent.offer.arguments_json)
    except ValidationError:
        return False
    return canonical_json(agreed) == canonical_json(arguments)
