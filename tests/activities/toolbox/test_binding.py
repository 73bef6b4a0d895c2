import pytest

from activities.toolbox.billing import BillingTools
from activities.toolbox.binding import BadBinding, ToolContext, bind, bind_steps, handles
from activities.toolbox.compliance import ComplianceTools
from activities.toolbox.crm import CrmTools
from activities.toolbox.customer import CustomerTools
from activities.toolbox.field_service import FieldServiceTools
from activities.toolbox.knowledge import KnowledgeTools
from activities.toolbox.oversight import OversightTools
from activities.toolbox.payments import PaymentTools, RefundSteps
from activities.toolbox.sales import OrderSteps, SalesTools
from activities.toolbox.technical import TechnicalTools
from activities.toolbox.tickets import TicketTools
from domain.sagas import ORDER, REFUND
from domain.state import CustomerProfile
from domain.toolbox import TOOLBOX
from domain.toolbox.customer import GET_CUSTOMER_PROFILE, GetCustomerProfile

pytestmark = pytest.mark.unit


class Twin:
    @handles(GET_CUSTOMER_PROFILE)
    async def profile(self, arguments: GetCustomerProfile, context: ToolContext) -> CustomerProfile:
        raise NotImplementedError


FAMILIES = [
    CustomerTools(None),
    BillingTools(None),
    KnowledgeTools(None),
    TicketTools(None, None, None),
    SalesTools(None),
    PaymentTools(None, None),
    TechnicalTools(None),
    FieldServiceTools(None),
    CrmTools(None, None),
    ComplianceTools(None),
    OversightTools(None, None),
]
STEPS = [OrderSteps(None), RefundSteps(None)]


def test_every_declared_tool_of_one_step_has_exactly_one_handler():
    assert set(bind(FAMILIES, TOOLBOX)) == {name for name, tool in TOOLBOX.items() if tool.saga is None}


def test_every_step_of_a_saga_and_every_undo_has_exactly_one_method():
    bound = bind_steps(STEPS, TOOLBOX)
    assert set(bound.do) == {*ORDER.way, *REFUND.way}
    assert set(bound.undo) == {step.undo for step in (*ORDER.steps, *REFUND.steps)}


@pytest.mark.parametrize(
    ("families", "message"),
    [
        ([OrderSteps(None)], r"nothing handles .*refund_manager.reverse"),
        ([OrderSteps(None), OrderSteps(None), RefundSteps(None)], "has two"),
    ],
)
def test_a_step_without_a_method_or_with_two_stops_the_worker(families: list[object], message: str):
    with pytest.raises(BadBinding, match=message):
        bind_steps(families, TOOLBOX)


def test_a_tool_with_two_handlers_stops_the_worker():
    with pytest.raises(BadBinding, match="get_customer_profile has two"):
        bind([*FAMILIES, Twin()], TOOLBOX)


def test_a_tool_without_a_handler_stops_the_worker():
    with pytest.raises(BadBinding, match=r"nothing handles .*apply_credit_adjustment"):
        bind(FAMILIES[:1], TOOLBOX)


def test_a_handler_of_an_undeclared_tool_stops_the_worker():
    with pytest.raises(BadBinding, match="not in the toolbox"):
        bind([Twin()], {})
