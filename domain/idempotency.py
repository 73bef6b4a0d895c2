"""How one business effect is recognised however often it is asked for.

``effect_key`` is stored in the transaction of the effect, together with its result; whoever comes with the same key
gets that result and changes nothing. The key names the **occasion**: the customer's message that the effect answers to.

- An effect that needs consent: the message of the customer's yes. One yes is one effect; a new yes is a new one.
- Any other effect: the newest customer message of the turn (``ToolRequest.occasion``). A turn that has had an effect is
  never restarted, so that message is the same in every repetition of a step. Saying the same thing twice in one turn is
  once; in a later turn it is meant again. Without an occasion (a call from outside a conversation's turn) the effect
  happens once per conversation and arguments: too few is repaired by asking again, too many is not.

The model's own call id is no part of it: a model that repeats itself invents a new one.
"""

import hashlib
import json

from pydantic import BaseModel


def canonical_json(arguments: BaseModel) -> str:
    """The arguments in one spelling: sorted keys, no spaces, amounts with two places, defaults left out.

    Without the defaults, a field added in a later release changes no key. Build the model with the tool's own class, so
    that 49.9 and "49.90" have become the same.
    """
    data = arguments.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def effect_key(conversation_id: str, consent_message_id: str, tool: str, canonical_arguments_json: str) -> str:
    """The key of an effect: 64 hexadecimal digits that tell nothing about what they stand for.

    ``consent_message_id`` is the occasion where no consent is needed; ``tool`` is the canonical name.
    """
    return _digest(conversation_id, consent_message_id, tool, canonical_arguments_json)


def step_key(effect_key: str, step: str) -> str:
    """The key of one step of an effect that takes several: as unique and as mute as the effect's own."""
    return _digest(effect_key, step)


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(list(parts)).encode()).hexdigest()
