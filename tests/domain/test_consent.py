import pytest

from domain.consent import covers, make_offer
from domain.state import Consent, Offer
from domain.toolbox.billing import APPLY_CREDIT_ADJUSTMENT, ApplyCreditAdjustment
from domain.toolbox.customer import GET_CUSTOMER_PROFILE

pytestmark = pytest.mark.unit

CREDIT = ApplyCreditAdjustment(customer_id="CUST_001", amount="49.90", reason="Charged twice")  # type: ignore[arg-type]


def yes_to(tool: str, arguments_json: str) -> Consent:
    return Consent(message_id="m-1", offer=Offer(tool=tool, arguments_json=arguments_json, summary=""))


def test_the_yes_to_an_offer_covers_it():
    offer = make_offer(APPLY_CREDIT_ADJUSTMENT, CREDIT, "49.90 back")
    assert covers(Consent(message_id="m-1", offer=offer), APPLY_CREDIT_ADJUSTMENT, CREDIT)


@pytest.mark.parametrize(
    ("tool", "arguments", "covered"),
    [
        ("apply_credit_adjustment", '{"customer_id":"CUST_001","amount":49.9,"reason":"Charged twice"}', True),
        ("apply_credit_adjustment", '{"customer_id":"CUST_001","amount":49.91,"reason":"Charged twice"}', False),
        ("apply_credit_adjustment", '{"customer_id":"CUST_002","amount":49.9,"reason":"Charged twice"}', False),
        ("apply_credit_adjustment", '{"customer_id":"CUST_001","amount":49.9,"reason":"Goodwill"}', False),
        ("apply_credit_adjustment", "not json", False),
        ("apply_credit_adjustment", "{}", False),
        ("get_customer_profile", '{"customer_id":"CUST_001"}', False),
        ("", "", False),
    ],
)
def test_only_the_same_run_is_covered(tool: str, arguments: str, covered: bool):
    assert covers(yes_to(tool, arguments), APPLY_CREDIT_ADJUSTMENT, CREDIT) is covered


def test_a_yes_to_one_tool_is_none_to_another():
    profile = GET_CUSTOMER_PROFILE.arguments(customer_id="CUST_001")
    assert not covers(yes_to("apply_credit_adjustment", '{"customer_id":"CUST_001"}'), GET_CUSTOMER_PROFILE, profile)
