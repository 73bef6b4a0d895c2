import pytest

from domain.figures import FIGURES_LIMIT, figures_in_text, figures_in_words, figures_of, is_known
from domain.figures import stated_amounts as amounts
from domain.figures import stated_dates as dates

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I credited $49.99 to your account.", ["49.99"]),
        ("That is 49,99 € or 1,049.50 USD", ["49.99", "1049.50"]),
        ("Pay EUR 20, then £5.5 and 12 dollars", ["20.00", "5.50", "12.00"]),
        ("-$5.00 is a discount", ["5.00"]),
        ("Between $49.99 and $49.99", ["49.99"]),
        ("$49.99/month for 24 months", ["49.99"]),
        ("It costs 49 $5", ["5.00"]),
        ("Update to 10.15 and restart 2 times", []),
        ("invoice INV-2026-11-0001", []),
    ],
)
def test_money_is_a_number_with_a_currency(text: str, found: list[str]) -> None:
    assert amounts(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("on 3 November 2026", ["2026-11-03"]),
        ("on the 3rd of November, 2026", ["2026-11-03"]),
        ("on November 3rd, 2026 and 2026-12-24", ["2026-11-03", "2026-12-24"]),
        ("from 1 Nov to Dec 5", ["--11-01", "--12-05"]),
        ("for November 2026", ["2026-11"]),
        ("until 2026-11-24T10:00:00Z", ["2026-11-24"]),
        ("Step 2 may help", []),
        ("on 2 May", ["--05-02"]),
        ("invoice INV-2026-11-0001 of 40 November", []),
        ("2026-19-40", []),
    ],
)
def test_dates_are_read_in_the_ways_people_write_them(text: str, found: list[str]) -> None:
    assert dates(text) == found


def test_a_customer_may_mean_any_number_as_an_amount() -> None:
    assert figures_in_words("You took 50 twice, on 3 November!") == ["--11-03", "50.00"]


def test_our_own_texts_give_amounts_with_cents_too() -> None:
    assert figures_in_text("Premium is 49.99 a month since 2026-01-01, NL-500 1.2.3") == ["2026-01-01", "49.99"]


def test_a_result_gives_amounts_and_dates_in_its_order_then_ids() -> None:
    result = {
        "billing_account_id": "BA-1",
        "balance": "-5.00",
        "invoices": [
            {"invoice_id": "INV-2026-11-0001", "due_on": "2026-11-15", "period": "2026-10", "quantity": 3, "paid": None}
        ],
        "invoice_ids": ["INV-1", "INV-2"],
        "text": "Valid until 24 December 2026 for $20",
    }
    assert figures_of(result) == [
        *("5.00", "2026-11-15", "2026-10", "2026-12-24", "20.00"),
        *("BA-1", "INV-2026-11-0001", "INV-1", "INV-2"),
    ]


def test_a_result_of_many_figures_keeps_the_first_and_drops_ids_before_amounts() -> None:
    charges = [{"charge_id": f"C-{number}", "amount": f"{number}.00"} for number in range(FIGURES_LIMIT + 5)]
    kept = figures_of({"charges": charges})  # type: ignore[dict-item]
    assert kept == [f"{number}.00" for number in range(FIGURES_LIMIT)]


@pytest.mark.parametrize(
    ("figure", "known"),
    [
        ("49.99", {"49.99"}),
        ("2026-11-03", {"2026-11-03"}),
        ("2026-11-03", {"--11-03"}),
        ("2026-11", {"2026-11-03"}),
        ("2026-11", {"2026-11"}),
        ("--11-03", {"2026-11-03"}),
    ],
)
def test_what_is_less_exact_is_right_too(figure: str, known: set[str]) -> None:
    assert is_known(figure, known)


@pytest.mark.parametrize(
    ("figure", "known"),
    [
        ("49.98", {"49.99"}),
        ("2026-11-04", {"2026-11-03", "--11-03", "2026-11"}),
        ("2026-12", {"2026-11-03"}),
        ("--11-03", {"2026-11", "2026-12-03"}),
        ("--11-03", {"INV-11-03"}),
    ],
)
def test_what_is_another_is_not(figure: str, known: set[str]) -> None:
    assert not is_known(figure, known)
