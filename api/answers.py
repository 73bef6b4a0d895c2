"""``?wait=``: hold a response until the message is answered."""

import asyncio

from api.hub import Ear
from api.ports import AnswerRecord, Answers
from domain.errors import LogUnavailable

FIRST_LOOK_SECONDS = 0.5
"""A message sent twice may be answered already, and then nothing rings: look once, soon. New ones are rung for."""
LOOK_AGAIN_SECONDS = 5.0


async def await_answer(
    answers: Answers, ear: Ear, conversation_id: str, message_id: str, seconds: float
) -> AnswerRecord | None:
    """The log's word on this message once it is answered; None if ``seconds`` pass first.

    ``ear`` must have listened since before the message was sent. Costs one SELECT for each ring that brings replies.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    patience = FIRST_LOOK_SECONDS
    while (left := deadline - loop.time()) > 0:
        await ear.wait(min(left, patience))
        patience = LOOK_AGAIN_SECONDS
        answer = await _look(answers, conversation_id, message_id)
        if answer is not None and (answer.reply is not None or answer.continued_in):
            return answer
    return None


async def _look(answers: Answers, conversation_id: str, message_id: str) -> AnswerRecord | None:
    try:
        return await answers.answer_to(conversation_id, message_id)
    except LogUnavailable:
        return None
