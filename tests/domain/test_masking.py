from typing import Annotated

import pytest
from pydantic import BaseModel

from domain.masking import HIDDEN, Sensitive, mask_arguments, mask_text, passes_luhn, without_secrets
from domain.toolbox.customer import VerifyCustomerIdentity

pytestmark = pytest.mark.unit


class Note(BaseModel):
    text: str
    pin: Annotated[str, Sensitive()] = ""


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to ada.lovelace@example.com now", "write to a***@example.com now"),
        ("card 4111 1111 1111 1111", "card ****1111"),
        ("card 4111-1111-1111-1111.", "card ****1111."),
        ("card 378282246310005", "card ****0005"),
        ("ssn 078-05-1120", "ssn XXX-XX-XXXX"),
        ("pay DE89 3704 0044 0532 0130 00", "pay ****IBAN"),
        ("call +1 555 010 4477", "call +***"),
        ("call (555) 010-4477 or 555-010-4477", "call ***-**** or ***-****"),
    ],
)
def test_personal_data_is_masked(text: str, masked: str):
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    ["INV-2026-11-0001", "TX-1000001", "49.99 for 2 months", "order 1234567890123456", "CUST_001", "2026-11-03"],
)
def test_harmless_text_is_left_alone(text: str):
    assert mask_text(text) == text


def test_luhn_tells_cards_from_other_numbers():
    assert passes_luhn("4111111111111111")
    assert not passes_luhn("1234567890123456")


def test_secrets_are_never_shown():
    arguments = {"customer_id": "CUST_001", "factor": "pin", "answer": "4826"}
    assert mask_arguments(VerifyCustomerIdentity, arguments) == {
        "customer_id": "CUST_001",
        "factor": "pin",
        "answer": HIDDEN,
    }
    assert without_secrets(VerifyCustomerIdentity, arguments)["answer"] == HIDDEN
    assert without_secrets(VerifyCustomerIdentity, {"answer": None}) == {"answer": None}


def test_what_a_model_invents_is_bounded_and_unread():
    invented = {f"k{n}" * 100: "secret" for n in range(50)} | {"text": "x" * 10_000}
    masked = mask_arguments(Note, invented)
    assert len(masked) <= 20
    assert all(len(key) <= 40 for key in masked)
    assert set(masked.values()) == {HIDDEN}


def test_long_texts_are_cut_after_masking():
    masked = mask_arguments(Note, {"text": "ada@example.com " + "x" * 1_000})["text"]
    assert masked.startswith("a***@example.com")
    assert len(masked) == 120
