"""Notes, opportunities and changes of an account, on our own tables."""

import secrets
from datetime import timedelta
from typing import Any, LiteralString

from activities.ports import Effect
from adapters.postgres.customers import digest
from adapters.postgres.database import Connection, Database, Row, fetch_row
from domain.errors import NotFound, NotPossible, TooManyAttempts, UnknownCustomer
from domain.masking import mask_text
from domain.toolbox.crm import (
    NOTE_SHOWN,
    NOTES_SHOWN,
    OPPORTUNITIES_SHOWN,
    STAGES,
    AccountUpdated,
    CrmIntegration,
    CrmRecord,
    FieldChanged,
    NoteAdded,
    Opportunity,
    PasswordResetSent,
    ResetPassword,
    UpdateAccount,
    UpdateCustomerNotes,
)

RESETS_A_DAY = 3
RESET_MINUTES = 30

_LOCKED = """
select customer_id, email, phone, account_status, preferences->>'language' as language,
       preferences->>'contact_channel' as contact_channel
from customers where customer_id = %(customer_id)s for no key update
"""
_ADD_NOTE = """
insert into customer_notes (customer_id, conversation_id, category, note, agent, effect_key, at)
values (%(customer_id)s, %(conversation_id)s, %(category)s, %(note)s, %(agent)s, %(key)s, %(at)s)
returning note_id, category,
          (select count(*) + 1 from customer_notes where customer_id = %(customer_id)s) as notes
"""
_RECORD = """
select coalesce((select jsonb_agg(to_jsonb(l) order by at desc) from
             (select at, category, left(note, %(note_shown)s) as note, agent from customer_notes n
              where n.customer_id = c.customer_id order by at desc limit %(notes)s) l), '[]') as notes,
       coalesce((select jsonb_agg(to_jsonb(l) - 'updated_at' order by updated_at desc) from
             (select opportunity_id, title, stage, monthly_value, updated_at from opportunities o
              where o.customer_id = c.customer_id order by updated_at desc limit %(opportunities)s) l), '[]')
           as opportunities,
       (select count(*) from tickets t where t.customer_id = c.customer_id and status not in ('resolved', 'closed'))
           as open_tickets
from customers c where customer_id = %(customer_id)s
"""
_OPEN_OPPORTUNITY = """
insert into opportunities (customer_id, title, monthly_value, effect_key, updated_at)
values (%(customer_id)s, %(title)s, %(monthly_value)s, %(key)s, %(at)s)
returning opportunity_id, title, stage, monthly_value
"""
_LOCKED_OPPORTUNITY = """
select stage from opportunities where opportunity_id = %(opportunity_id)s and customer_id = %(customer_id)s for update
"""
_SET_STAGE = """
update opportunities set stage = %(stage)s, updated_at = %(at)s where opportunity_id = %(opportunity_id)s
returning opportunity_id, title, stage, monthly_value
"""
_UPDATE_ACCOUNT = """
update customers set email = coalesce(%(email)s, email), phone = coalesce(%(phone)s, phone), updated_at = %(at)s,
    preferences = preferences || jsonb_strip_nulls(
        jsonb_build_object('language', %(language)s::text, 'contact_channel', %(contact_channel)s::text))
where customer_id = %(customer_id)s
"""
_ACCOUNT_CHANGE = """
insert into account_changes (customer_id, field, previous, value, agent, effect_key, at)
values (%(customer_id)s, %(field)s, %(previous)s, %(value)s, %(agent)s, %(key)s, %(at)s)
"""
# Not by the effect's key: an effect has at most one notification of its own, and this one goes beside the effect.
_NOTIFY = """
insert into notifications (customer_id, conversation_id, channel, recipient, subject, body, created_at)
values (%(customer_id)s, %(conversation_id)s, %(channel)s, %(recipient)s, %(subject)s, %(body)s, %(at)s)
"""
_RECENT_RESETS = """
select count(*) as resets from password_resets where customer_id = %(customer_id)s and at > %(since)s
"""
_RESET = """
insert into password_resets (reset_id, customer_id, digest, salt, expires_at, effect_key, at)
values (%(reset_id)s, %(customer_id)s, %(digest)s, %(salt)s, %(expires_at)s, %(key)s, %(at)s)
"""


class PostgresRelations:
    """Implements ``activities.ports.CustomerRelations``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_note(self, effect: Effect, note: UpdateCustomerNotes) -> NoteAdded:
        return await self._database.once(effect, NoteAdded, lambda connection: write_note(connection, effect, note))

    async def record(self, customer_id: str) -> CrmRecord:
        limits = {"note_shown": NOTE_SHOWN, "notes": NOTES_SHOWN, "opportunities": OPPORTUNITIES_SHOWN}
        row = await self._database.row(_RECORD, {"customer_id": customer_id} | limits)
        if row is None:
            raise UnknownCustomer(customer_id)
        return CrmRecord.model_validate(row)

    async def change_opportunity(self, effect: Effect, change: CrmIntegration) -> Opportunity:
        run = _open_opportunity if change.action == "open_opportunity" else _set_stage
        return await self._database.once(effect, Opportunity, lambda connection: run(connection, effect, change))

    async def update_account(self, effect: Effect, update: UpdateAccount) -> AccountUpdated:
        return await self._database.once(effect, AccountUpdated, lambda connection: _update(connection, effect, update))

    async def reset_password(self, effect: Effect, reset: ResetPassword) -> PasswordResetSent:
        return await self._database.once(
            effect, PasswordResetSent, lambda connection: _reset(connection, effect, reset)
        )


async def write_note(connection: Connection, effect: Effect, note: UpdateCustomerNotes) -> NoteAdded:
    """Note it, as part of a larger effect; one an effect. Raises UnknownCustomer."""
    values = effect.model_dump() | note.model_dump() | {"note": mask_text(note.note)}
    await _locked(connection, effect)
    return NoteAdded.model_validate(await _written(connection, _ADD_NOTE, values))


async def _locked(connection: Connection, effect: Effect) -> Row:
    row = await fetch_row(connection, _LOCKED, effect.model_dump())
    if row is None:
        raise UnknownCustomer(effect.customer_id)
    return row


async def _written(connection: Connection, query: LiteralString, values: dict[str, Any]) -> Row:
    row = await fetch_row(connection, query, values)
    assert row is not None, "an insert or update of a locked row returns it"
    return row


async def _open_opportunity(connection: Connection, effect: Effect, change: CrmIntegration) -> Opportunity:
    if (await _locked(connection, effect))["account_status"] == "closed":
        raise NotPossible("The account is closed: nothing is sold on it. A new contract needs a new account.")
    values = effect.model_dump() | change.model_dump()
    return Opportunity.model_validate(await _written(connection, _OPEN_OPPORTUNITY, values))


async def _set_stage(connection: Connection, effect: Effect, change: CrmIntegration) -> Opportunity:
    assert change.stage is not None, "the arguments' own check"
    values = effect.model_dump() | change.model_dump()
    present = await fetch_row(connection, _LOCKED_OPPORTUNITY, values)
    if present is None:
        raise NotFound(
            f"This customer has no opportunity {change.opportunity_id}. Look at the overview for the right id."
        )
    if change.stage not in STAGES[present["stage"]]:
        possible = ", ".join(sorted(STAGES[present["stage"]])) or "nothing"
        raise NotPossible(
            f"An opportunity that is {present['stage']} cannot become {change.stage}. Possible now: {possible}."
        )
    return Opportunity.model_validate(await _written(connection, _SET_STAGE, values))


async def _update(connection: Connection, effect: Effect, update: UpdateAccount) -> AccountUpdated:
    present = await _locked(connection, effect)
    if present["account_status"] == "closed":
        raise NotPossible("The account is closed and is not changed any more. Offer a person.")
    wanted = update.model_dump(exclude={"customer_id"}, exclude_none=True)
    changes = {field: value for field, value in wanted.items() if value != present[field]}
    if not changes:
        raise NotPossible(f"{', '.join(wanted)} on file are exactly these already. Tell the customer so.")
    await connection.execute(_UPDATE_ACCOUNT, dict.fromkeys(UpdateAccount.model_fields) | effect.model_dump() | wanted)
    changed = [_field_changed(field, present[field], value) for field, value in changes.items()]
    for change in changed:
        await connection.execute(_ACCOUNT_CHANGE, effect.model_dump() | change.model_dump())
    return AccountUpdated(changed=changed, notified=await _tell_the_old_address(connection, effect, present, changes))


def _field_changed(field: str, previous: str | None, value: str) -> FieldChanged:
    return FieldChanged(field=field, previous=mask_text(previous or ""), value=mask_text(value))


async def _tell_the_old_address(
    connection: Connection, effect: Effect, present: Row, changes: dict[str, str]
) -> str | None:
    """Whoever has taken over an account cannot keep its owner from hearing of it."""
    told = next((field for field in ("email", "phone") if field in changes), None)
    if told is None:
        return None
    what = "e-mail address" if told == "email" else "phone number"
    message = {
        "channel": "email" if told == "email" else "sms",
        "recipient": present[told],
        "subject": f"Your {what} was changed",
        "body": f"The {what} of your account was changed. If it was not you, contact us at once.",
    }
    await connection.execute(_NOTIFY, effect.model_dump() | message)
    return mask_text(present[told])


async def _reset(connection: Connection, effect: Effect, reset: ResetPassword) -> PasswordResetSent:
    present = await _locked(connection, effect)
    if present["account_status"] == "closed":
        raise NotPossible("The account is closed: nobody signs in to it any more. Offer a person.")
    values = effect.model_dump() | {"since": effect.at - timedelta(days=1)}
    recent = await _written(connection, _RECENT_RESETS, values)
    if recent["resets"] >= RESETS_A_DAY:
        raise TooManyAttempts(
            f"{RESETS_A_DAY} codes were sent within a day. Ask the customer to look for them, also in the spam folder; "
            "tomorrow another one is possible."
        )
    sent = PasswordResetSent(
        reset_id=f"RST-{effect.key[:12]}",
        channel=reset.channel,
        recipient=mask_text(present["email" if reset.channel == "email" else "phone"]),
        expires_at=effect.at + timedelta(minutes=RESET_MINUTES),
    )
    await _send_code(connection, effect, sent, present["email" if reset.channel == "email" else "phone"])
    return sent


async def _send_code(connection: Connection, effect: Effect, sent: PasswordResetSent, recipient: str) -> None:
    """The code leaves by the outbox and by nothing else: no result, no log line, no history knows it."""
    code, salt = f"{secrets.randbelow(10**8):08}", secrets.token_bytes(16)
    stored = {"digest": digest(code, salt), "salt": salt}
    await connection.execute(_RESET, effect.model_dump() | sent.model_dump() | stored)
    message = {
        "channel": sent.channel,
        "recipient": recipient,
        "subject": "Your code for a new password",
        "body": f"Your code is {code}. It is valid for {RESET_MINUTES} minutes. We never ask you for it.",
    }
    await connection.execute(_NOTIFY, effect.model_dump() | message)
