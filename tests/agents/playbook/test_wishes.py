"""What customers want, in their words."""

import pytest

from agents.playbook.wishes import (
    asks_about_terms,
    kinds_in,
    read_code,
    read_quantity,
    read_wishes,
    takes_up,
    wants_other_terms,
    wants_to_buy,
)
from tests.agents.playbook.shop import SHELF

pytestmark = pytest.mark.unit
PRODUCTS = list(SHELF.values())


def wished(text: str) -> list[tuple[int, str]]:
    return [(wish.quantity, wish.product.product_id) for wish in read_wishes(text, PRODUCTS)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I'd like two mesh points", [(2, "mesh_point")]),
        ("3 x Wi-Fi mesh point", [(3, "mesh_point")]),
        ("five of the TV boxes", [(5, "tv_box")]),
        ("the premium one", [(1, "plan_premium")]),
        ("What's the price for the Premium Plan?", [(1, "plan_premium")]),
        ("50 business plans", [(50, "plan_business")]),
        ("the Nova 5 Pro phone", [(1, "phone_nova_pro")]),
        ("nova pro", [(1, "phone_nova_pro")]),
        ("two Nova 5 phones", [(2, "phone_nova")]),
        ("ten mobile L plans", [(10, "mobile_l")]),
        ("Mobile M and a TV box", [(1, "mobile_m"), (1, "tv_box")]),
        ("cloud backup 2 TB", [(1, "backup_2000")]),
        ("6 routers", [(6, "router_wifi6")]),
        ("premium, I mean the premium plan", [(1, "plan_premium")]),
    ],
)
def test_products_are_read_with_their_number(text: str, found: list[tuple[int, str]]) -> None:
    assert wished(text) == found


@pytest.mark.parametrize(
    "text", ["Nova 5", "cloud backup", "a phone", "that's the point", "complete nonsense", "mobile", ""]
)
def test_what_can_be_several_things_is_none(text: str) -> None:
    assert wished(text) == []


def test_the_words_of_a_basket_are_read_again() -> None:
    assert wished("2 × Wi-Fi mesh point and the TV box 4K: $237.00 once") == [(2, "mesh_point"), (1, "tv_box")]


def test_more_than_an_order_takes_up_is_left() -> None:
    assert len(wished("basic, standard, premium and mobile s")) == 3


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("a mobile plan", ["mobile"]),
        ("which plan is right for me?", ["internet"]),
        ("a TV box and two mesh points", ["tv", "internet"]),
        ("mobile, tv and internet", ["mobile", "tv"]),
        ("my smartphone", ["mobile"]),
        ("back-up of my photos", ["cloud_backup"]),
        ("please help me", []),
    ],
)
def test_kinds_come_in_the_customers_order(text: str, kinds: list[str]) -> None:
    assert kinds_in(text) == kinds


@pytest.mark.parametrize(
    "text",
    [
        "I want to buy the Nova 5 phone",
        "I want to order two mesh points",
        "Please order a TV box 4K for me",
        "I'd like to have a mesh point",
        "can I get the Security Suite?",
        "I'd like to add TV Complete to my account",
        "sign me up for Mobile M",
        "I'll take it",
    ],
)
def test_who_wants_to_buy(text: str) -> None:
    assert wants_to_buy(text)


@pytest.mark.parametrize(
    "text",
    [
        "Where is my order?",
        "I want to know when my order arrives",
        "what does the premium plan cost?",
        "my parcel has not been delivered, I need it",
        "I ordered a TV box",
    ],
)
def test_who_asks_only(text: str) -> None:
    assert not wants_to_buy(text)


def test_a_proposal_is_taken_up_in_many_words() -> None:
    assert all(map(takes_up, ("I'll take it", "ok order it", "just two then", "that one")))
    assert not any(map(takes_up, ("no thanks", "what is it?", "thanks")))


@pytest.mark.parametrize(
    "text",
    [
        "Can we negotiate the terms?",
        "can you lower the price of my contract?",
        "I want a better deal",
        "match a competitor's offer",
        "what discount do I get if I sign for three years?",
        "special conditions for our company",
    ],
)
def test_other_terms_than_the_catalogues(text: str) -> None:
    assert wants_other_terms(text)


@pytest.mark.parametrize(
    "text", ["do you have special offers?", "a cheaper plan", "what does it cost?", "a better phone"]
)
def test_what_the_catalogue_has_is_no_negotiation(text: str) -> None:
    assert not wants_other_terms(text)


def test_questions_about_the_contract() -> None:
    assert all(map(asks_about_terms, ("What is the minimum term?", "how much notice", "can I withdraw?")))
    assert not asks_about_terms("what does the plan cost?")


@pytest.mark.parametrize(
    ("text", "number"),
    [("just one then", 1), ("make it 3", 3), ("two or three", None), ("the second", None), ("", None)],
)
def test_a_number_alone(text: str, number: int | None) -> None:
    assert read_quantity(text) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [("I have a code north10", "NORTH10"), ("SUMMER25 please", "SUMMER25"), ("the TV box 4K", None), ("QT-901", None)],
)
def test_codes(text: str, code: str | None) -> None:
    assert read_code(text) == code
