import pytest

from domain.batches import BATCH_BYTES, BATCH_ITEMS, first_batch
from domain.events import CustomerMessageLogged, Event, HumanMessage
from domain.messages import MESSAGE_LIMIT
from tests.domain.simulation import START

pytestmark = pytest.mark.unit


def by_customer(text: str) -> Event:
    return CustomerMessageLogged(event_id="e", at=START, message_id="m", message=text)


def by_person(text: str) -> Event:
    return HumanMessage(event_id="e", at=START, message_id="m", person_id="p", message=text, answers=[])


@pytest.mark.parametrize("make", [by_customer, by_person])
@pytest.mark.parametrize("character", ["x", "ä", "\N{GRINNING FACE}", '"', "\x01"])
def test_a_batch_is_bounded_in_bytes_as_json_whatever_it_holds(make, character: str) -> None:
    items = [make(character * MESSAGE_LIMIT)] * (2 * BATCH_ITEMS)
    batch = first_batch(items)
    assert 1 < len(batch) <= BATCH_ITEMS
    size = sum(len(item.model_dump_json().encode()) for item in batch)
    assert size <= BATCH_BYTES
    assert len(batch) == BATCH_ITEMS or size + len(items[0].model_dump_json().encode()) > BATCH_BYTES


def test_small_things_are_bounded_in_number() -> None:
    assert len(first_batch([by_customer("hi")] * BATCH_ITEMS)) == BATCH_ITEMS
    assert len(first_batch([by_customer("hi")] * (BATCH_ITEMS + 1))) == BATCH_ITEMS


def test_one_is_always_taken() -> None:
    assert len(first_batch([by_customer("\x01" * BATCH_BYTES)] * 2)) == 1
    assert first_batch([]) == []
