"""The engine's own sentences: what it says itself, without a model, when honesty must not depend on one."""

MODEL_FAILED = (
    "I'm sorry, I can't work on this properly right now because of a technical problem on our side. "
    "I've asked a colleague to take over and you won't have to repeat yourself."
)
TURN_TOO_LONG = (
    "I'm sorry, I haven't been able to work this out on my own. "
    "I've asked a colleague to take over and you won't have to repeat yourself."
)
PERSON_ASKED = (
    "This is something for one of my colleagues. I've asked them to take over and you won't have to repeat yourself."
)
APPROVED_AND_DONE = "Good news: my colleague has approved it, and it is done. {summary}"
APPROVED_AND_FAILED = (
    "My colleague has approved it, but it could not be carried out, I'm sorry. {summary} "
    "I've asked them to look into it with you; you won't have to repeat yourself."
)
APPROVED_AND_UNSEEN = (
    "My colleague has approved it, but I can't see yet whether it went through. {summary} "
    "I've asked them to find out and tell you here; nothing will be done twice."
)
APPROVAL_WITHDRAWN = "All right, I've withdrawn the request; nothing will be done. {summary}"
NOT_APPROVED = (
    "My colleague has looked at it and decided against it, I'm sorry. {summary} "
    "If you'd like to talk about that, just write here."
)
APPROVAL_EXPIRED = (
    "Nobody has decided in time about what I asked for, I'm sorry. {summary} I've asked a colleague to take over."
)
QUALITY_DOUBTED = (
    "One more thing: I'd like a colleague to check what I told you. They will come back to you here; "
    "there's nothing you need to do."
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
SURVEY_REMINDER = (
    "If you have a moment: how satisfied are you with how we handled this, from 1 to 5? "
    "If not, that's fine too; I won't ask again."
)
SURVEY_THANKS = "Thank you for your feedback!"
IDLE_WARNING = (
    "Are you still there? I'll close this conversation soon if I don't hear from you; you can always come back."
)
