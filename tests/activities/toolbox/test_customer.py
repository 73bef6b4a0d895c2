from typing import Any

import pytest

from domain.identity import MAX_FAILED_CHECKS
from tests.activities.office import Office

pytestmark = pytest.mark.integration

ME = {"customer_id": "CUST_001"}


async def test_the_profile_of_cust_001_is_the_one_the_requirements_name(library: Office):
    profile = (await library.run("get_customer_profile", ME)).result
    assert (profile["tier"], profile["account_status"]) == ("platinum", "active")
    assert [contact["category"] for contact in profile["previous_interactions"]] == [
        "billing_dispute",
        "technical_support",
    ]
    assert profile["preferences"]["language"] == "en"


async def test_test_customer_123_is_gold(library: Office):
    profile = (await library.run("get_customer_profile", {"customer_id": "test_customer_123"})).result
    assert profile["tier"] == "gold"


@pytest.mark.parametrize(
    ("arguments", "categories"),
    [
        ({}, ["technical_support"]),
        ({"days_back": 365}, ["billing_dispute", "technical_support"]),
        ({"days_back": 365, "interaction_types": ["billing_dispute"]}, ["billing_dispute"]),
        ({"days_back": 365, "interaction_types": ["phone"]}, ["billing_dispute"]),
        ({"days_back": 365, "interaction_types": ["complaint"]}, []),
        ({"days_back": 1}, []),
    ],
)
async def test_history_looks_back_and_filters(library: Office, arguments: dict[str, Any], categories: list[str]):
    history = (await library.run("get_customer_interaction_history", ME | arguments)).result
    assert [contact["category"] for contact in history["interactions"]] == categories
    assert history["total"] == len(categories)


async def test_services_come_with_prices_and_their_sum(library: Office):
    services = (await library.run("get_account_services", ME)).result
    assert {service["product"] for service in services["services"]} == {
        "Premium plan",
        "Email Service Pro",
        "Cloud Backup 2 TB",
    }
    assert services["monthly_total"] == "69.97"
    assert services["currency"] == "USD"


async def test_services_of_a_closed_account_cost_nothing(library: Office):
    services = (await library.run("get_account_services", {"customer_id": "CUST_028"})).result
    assert {service["status"] for service in services["services"]} == {"cancelled"}
    assert services["monthly_total"] == "0.00"


async def test_without_an_answer_verification_tells_where_we_stand(office: Office):
    standing = (await office.run("verify_customer_identity", ME)).result
    assert standing == {
        "customer_id": "CUST_001",
        "level": "authenticated",
        "verified": False,
        "factors_on_file": ["date_of_birth", "pin", "postcode"],
        "attempts_left": MAX_FAILED_CHECKS,
    }
    assert await office.value("select count(*) from effects") == 0


@pytest.mark.parametrize(
    ("factor", "answer"),
    [("pin", "4826"), ("pin", " 48 26 "), ("date_of_birth", "1985-03-12"), ("postcode", "90210")],
)
async def test_a_right_answer_verifies(office: Office, factor: str, answer: str):
    check = await office.run("verify_customer_identity", ME | {"factor": factor, "answer": answer})
    assert check.result["verified"] is True
    assert check.result["level"] == "verified"
    assert check.masked_arguments["answer"] == "***"


async def test_a_wrong_answer_costs_an_attempt_once(office: Office):
    wrong = ME | {"factor": "pin", "answer": "0000"}
    first = await office.run("verify_customer_identity", wrong)
    again = await office.run("verify_customer_identity", wrong)
    assert first.result["verified"] is False
    assert first.result["attempts_left"] == again.result["attempts_left"] == MAX_FAILED_CHECKS - 1
    later = await office.run("verify_customer_identity", wrong, occasion="m-2")
    assert later.result["attempts_left"] == MAX_FAILED_CHECKS - 2


async def test_guessing_is_stopped_and_the_right_answer_comes_too_late(office: Office):
    for n in range(MAX_FAILED_CHECKS):
        guess = await office.run("verify_customer_identity", ME | {"factor": "pin", "answer": f"000{n}"})
        assert guess.result["verified"] is False
    refused = await office.run(
        "verify_customer_identity", ME | {"factor": "pin", "answer": "4826"}, conversation_id="another"
    )
    assert refused.error_type == "too-many-attempts"


async def test_answers_are_stored_nowhere(office: Office):
    await office.run("verify_customer_identity", ME | {"factor": "postcode", "answer": "90210"})
    stored = await office.rows(
        "select effects::text from effects union all select identity_checks::text from identity_checks"
        " union all select identity_factors::text from identity_factors where customer_id = 'CUST_001'"
    )
    assert stored
    assert not any("90210" in next(iter(row.values())) for row in stored)
