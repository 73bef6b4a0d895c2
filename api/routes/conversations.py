"""Start a conversation, write into it, ask how it stands."""

import hashlib
import re
from datetime import UTC, datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.answers import await_answer
from api.auth import INTERNAL, Caller, Principal, require
from api.bodies import IdempotencyKey, read_body, request_body
from api.documented import problems, write_problems
from api.problems import Forbidden
from api.schemas import (
    MAX_WAIT_SECONDS,
    ConversationCreated,
    ConversationStatus,
    CreateConversation,
    MessageAccepted,
    MessageAnswered,
    PostMessage,
)
from api.services import LimitedCaller, Services, fresh_id, id_for_key, services_of
from api.views import answered, status_of_record, status_of_state
from domain.carry import ENGINE, ConversationInput
from domain.errors import LogUnavailable, UnknownConversation, UnknownCustomer
from domain.messages import CustomerMessage, PersonMessage
from domain.state import AgentState, TicketStatus

router = APIRouter(prefix="/conversations", tags=["conversations"])

_GOOD_ID = re.compile(r"[A-Za-z0-9._:@+-]{1,256}")
"""Ours, and those of linked conversations, which hold a message id."""

ConversationId = Annotated[str, Path(description="As `POST /conversations` gave it.", examples=["c-0123456789abcdef"])]
Wait = Annotated[
    float,
    Query(ge=0, description=f"Seconds to hold the answer until the reply is there; {MAX_WAIT_SECONDS:g} at most."),
]


@router.post(
    "",
    status_code=201,
    response_model=ConversationCreated,
    summary="Start a conversation",
    responses=write_problems("forbidden", "unknown-customer", "idempotency-key-reused", "back-office-unavailable"),
    openapi_extra=request_body(
        CreateConversation,
        charged_twice={
            "customer_id": "CUST_001",
            "channel": "web",
            "initial_message": "I was charged twice for the same service",
        },
    ),
)
async def create_conversation(
    caller: LimitedCaller,
    request: Request,
    key: IdempotencyKey = None,
) -> Response:
    """Only this creates conversations. The initial message is accepted together with the conversation, or neither is.

    With an `Idempotency-Key`, a repeat finds the conversation of the first request.
    """
    services = services_of(request)
    body = await read_body(request, CreateConversation)
    if not caller.may_see(body.customer_id):
        raise Forbidden("A customer starts conversations for themselves only.")
    if not await services.customers.exists(body.customer_id):
        raise UnknownCustomer(body.customer_id)
    start = conversation_start(caller, body, key)
    known_id(start.conversation_id)
    await services.conversations.start(start, _fingerprint(body))
    if start.initial:
        services.meter.message("http", "customer")
    created = ConversationCreated(
        conversation_id=start.conversation_id,
        session_id=start.session_id,
        customer_id=start.customer_id,
        channel=start.channel,
        priority=start.priority,
        status=TicketStatus.NEW,
        message_id=start.initial[0].message_id if start.initial else None,
    )
    location = {"Location": f"/api/v1/conversations/{start.conversation_id}/status"}
    return as_json(created, 201, location)


@router.post(
    "/{conversation_id}/messages",
    status_code=202,
    response_model=MessageAccepted,
    summary="Write a message",
    responses={
        200: {"model": MessageAnswered, "description": "With `wait`: the message and its answer."},
        **write_problems("forbidden", "unknown-conversation", "not-owner", "log-unavailable"),
    },
    openapi_extra=request_body(PostMessage, yes={"message": "Yes, please.", "message_id": "m-17"}),
)
async def post_message(
    *,
    conversation_id: ConversationId,
    caller: LimitedCaller,
    request: Request,
    wait: Wait = 0.0,
    key: IdempotencyKey = None,
) -> Response:
    """A customer's message is safe once this returns. A person's message needs the conversation to be theirs.

    A repeated `message_id` changes nothing and, with `wait`, gets the same answer.
    """
    services = services_of(request)
    body = await read_body(request, PostMessage)
    known_id(conversation_id)
    message_id = body.message_id or key or fresh_id("m")
    if caller.is_staff:
        return await _say_as_person(services, caller, conversation_id, message_id, body)
    if caller.is_customer:
        # Services may write anywhere, and sending finds out whether the conversation exists.
        await check_access(services, caller, conversation_id)
    message = CustomerMessage(
        message_id=message_id,
        message=body.message,
        sent_at=datetime.now(UTC),
        attachments=[attachment.to_domain() for attachment in body.attachments],
    )
    if wait > 0:
        return await _post_and_wait(services, conversation_id, message, min(wait, MAX_WAIT_SECONDS))
    await services.conversations.post(conversation_id, message)
    services.meter.message("http", "customer")
    return as_json(MessageAccepted(conversation_id=conversation_id, message_id=message_id), 202)


@router.get(
    "/{conversation_id}/status",
    response_model=ConversationStatus,
    summary="How a conversation stands",
    responses=problems("forbidden", "unknown-conversation", "log-unavailable"),
)
async def get_status(conversation_id: ConversationId, caller: Caller, request: Request) -> Response:
    services = services_of(request)
    known_id(conversation_id)
    try:
        record = await services.log.registry(conversation_id)
    except LogUnavailable:
        record = None
    if record is not None:
        if not caller.may_see(record.customer_id):
            raise Forbidden("This conversation is somebody else's.")
        return as_json(status_of_record(record))
    owner = await check_access(services, caller, conversation_id)
    state, last_seq = await services.conversations.live_state(conversation_id)
    return as_json(status_of_state(state, owner, last_seq))


@router.get(
    "/{conversation_id}/state",
    response_model=AgentState,
    summary="The whole state (staff)",
    responses=problems("forbidden", "unknown-conversation", "log-unavailable"),
)
async def get_state(conversation_id: ConversationId, caller: Caller, request: Request) -> Response:
    """The PRD's AgentState: live while the conversation runs, as stored when it does not."""
    services = services_of(request)
    require(caller, INTERNAL)
    known_id(conversation_id)
    return as_json(await services.conversations.state(conversation_id))


def known_id(conversation_id: str) -> None:
    """Put the id on every log line of this request. Raises ``UnknownConversation`` for what cannot be the id of one,
    before anybody is asked."""
    if not _GOOD_ID.fullmatch(conversation_id):
        raise UnknownConversation("of this id")
    structlog.contextvars.bind_contextvars(conversation_id=conversation_id)


async def check_access(services: Services, caller: Principal, conversation_id: str) -> str:
    """The owner's customer id. Raises ``UnknownConversation``, and ``Forbidden`` for other customers."""
    owner = await services.conversations.owner_of(conversation_id)
    if not caller.may_see(owner):
        raise Forbidden("This conversation is somebody else's.")
    return owner


def conversation_start(caller: Principal, body: CreateConversation, key: str | None) -> ConversationInput:
    """What the workflow starts with. With a key, every id follows from it."""
    conversation_id = id_for_key("c", caller, key) if key else fresh_id("c")
    suffix = conversation_id.removeprefix("c-")
    initial = []
    if body.initial_message is not None:
        initial = [CustomerMessage(message_id=f"m-{suffix}", message=body.initial_message, sent_at=datetime.now(UTC))]
    return ConversationInput(
        engine=ENGINE,
        conversation_id=conversation_id,
        session_id=f"s-{suffix}",
        customer_id=body.customer_id,
        channel=body.channel,
        priority=body.priority,
        initial=initial,
    )


def as_json(
    model: BaseModel, status: int = 200, headers: dict[str, str] | None = None, *, leave_out_none: bool = False
) -> Response:
    """Pydantic's own serialisation, once; FastAPI would validate the answer again."""
    body = model.model_dump_json(exclude_none=leave_out_none)
    return Response(body, status, headers, media_type="application/json")


async def _say_as_person(
    services: Services, caller: Principal, conversation_id: str, message_id: str, body: PostMessage
) -> Response:
    message = PersonMessage(
        message_id=message_id, person_id=caller.subject, message=body.message, sent_at=datetime.now(UTC)
    )
    said = await services.conversations.say_as_person(conversation_id, message)
    services.meter.message("http", "human")
    return as_json(MessageAccepted(conversation_id=conversation_id, message_id=said.message_id, seq=said.seq), 202)


async def _post_and_wait(
    services: Services, conversation_id: str, message: CustomerMessage, seconds: float
) -> Response:
    async with services.hub.listen(conversation_id, replies_only=True) as ear:
        await services.conversations.post(conversation_id, message)
        services.meter.message("http", "customer")
        answer = await await_answer(services.answers, ear, conversation_id, message.message_id, seconds)
    if answer is not None and answer.reply is not None:
        return as_json(answered(conversation_id, message.message_id, answer))
    continued_in = answer.continued_in if answer else None
    accepted = MessageAccepted(
        conversation_id=conversation_id, message_id=message.message_id, continued_in=continued_in
    )
    return as_json(accepted, 202)


def _fingerprint(body: CreateConversation) -> str:
    """Tells requests apart; of the message's text, which must not enter a memo, only a digest with the rest does."""
    first = body.initial_message
    told = "\n".join((body.customer_id, body.channel, body.priority or "", str(first is None), first or ""))
    return hashlib.sha256(told.encode()).hexdigest()[:16]
