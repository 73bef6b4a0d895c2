"""The survey at the end of a conversation, answered by a form instead of a message."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_body, request_body
from api.documented import write_problems
from api.problems import Forbidden
from api.routes.conversations import ConversationId, as_json, check_access, known_id
from api.schemas import AnswerSurvey, SurveyAccepted
from api.services import LimitedCaller, services_of

router = APIRouter(prefix="/conversations", tags=["conversations"])


@router.post(
    "/{conversation_id}/survey",
    response_model=SurveyAccepted,
    summary="Answer the survey",
    responses=write_problems("forbidden", "unknown-conversation", "survey-closed", "log-unavailable"),
    openapi_extra=request_body(
        AnswerSurvey,
        in_short={"csat": 5},
        in_full={"csat": 5, "nps": 9, "effort": 2, "comment": "Fast and friendly."},
    ),
)
async def answer_survey(conversation_id: ConversationId, caller: LimitedCaller, request: Request) -> Response:
    """The customer's answer to `survey_requested`, in full. Like an answer in words (`5, nps 9, effort 2, fast`) it
    closes the conversation, unless something the customer wrote meanwhile waits for its own answer.

    The same answer again changes nothing and gets the same result; any other is refused, as is every answer where no
    survey is open.
    """
    services = services_of(request)
    body = await read_body(request, AnswerSurvey)
    known_id(conversation_id)
    if caller.is_staff:
        raise Forbidden("Only the customer says how satisfied they are.")
    await check_access(services, caller, conversation_id)
    recorded = await services.conversations.answer_survey(conversation_id, body.to_domain())
    return as_json(
        SurveyAccepted(conversation_id=conversation_id, survey_id=recorded.survey_id, seq=recorded.seq),
    )
