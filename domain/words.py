"""The engine's own sentences: what it says itself, without a model, when honesty must not depend on one."""

MODEL_FAILED = (
    "I'm sorry, I can't work on this properly right now because of a technical problem on our side. "
    "I've asked a colleague to take over and you won't have to repeat yourself."
)
TURN_TOO_LONG = (
    "I'm sorry, I haven't been able to work this out on my own. "
    "I've asked a colleague to take over and you won't have to repeat yourself."
)
STILL_WORKING = "I'm still working on this. Thank you for your patience."
STILL_WAITING = "You're still in the queue for one of my colleagues. I haven't forgotten you."
NOTED_FOR_PERSON = "Thank you, I've noted that for my colleague, who will join as soon as possible."
IN_LINE = (
    "Many people are talking to us right now, so you are in line. "
    "I'll answer as soon as it is your turn; you need not write again."
)
STILL_IN_LINE = "You're still in line. I haven't forgotten you."
RETURNED = "My colleague has handed you back to me, and I know what you talked about. What else can I do for you?"
SURVEY_QUESTION = "How satisfied are you with how we handled this, from 1 (not at all) to 5 (very)?"
SURVEY_THANKS = "Thank you for your feedback!"
IDLE_WARNING = (
    "Are you still there? I'll close this conversation soon if I don't hear from you; you can always come back."
)
