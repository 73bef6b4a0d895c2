"""Tools that sell: what there is, what it costs this customer, whether it is in stock, and the order."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, field_validator

from domain.identity import IdentityLevel
from domain.model import Record
from domain.money import Amount, PayableAmount, PriceAgreed
from domain.pricing import YEAR, Priced
from domain.sagas import ORDER
from domain.state import AgentType
from domain.toolbox.customer import SERVICE_AGENTS
from domain.toolbox.fields import CustomerId, Id, ToolArguments, Word
from domain.tools import Condition, SideEffect, ToolPolicy, ToolSpec

SELLERS = frozenset({AgentType.SALES, AgentType.TIER3})
"""Who takes orders (PRD [284-311])."""
PRICE_TELLERS = SELLERS | {AgentType.SUPERVISOR, AgentType.HUMAN}

IDENTITY_LIMIT = Decimal("100.00")
"""Up to it a customer's own token is enough; above it they prove who they are (REQUIREMENTS, state and flow)."""
SALES_LIMIT = Decimal("1000.00")
"""What Sales may order, counted over the first year; above it Tier 3 does (PRD [292])."""
ORDER_APPROVAL = Decimal("2000.00")
"""Charged with one order without a person's approval."""
QUOTE_DAYS = 14

PRODUCTS_SHOWN = 10
BASKET_LINES = 5
QUANTITY_LIMIT = 10
OFFERS_SHOWN = 5


def _product_slug(name: object) -> object:
    """
    >>> _product_slug("Premium Plan")
    'premium plan'
    """
    return name.strip().casefold() if isinstance(name, str) else name


ProductId = Annotated[
    Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\w .&+-]+$")],
    BeforeValidator(_product_slug),
    Field(description="The product's id, for example plan_premium, or its name."),
]
Quantity = Annotated[int, Field(ge=1, le=QUANTITY_LIMIT)]
PromotionCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{3,20}$", to_upper=True)]


class ProductCatalog(ToolArguments):
    product_type: Word | None = Field(
        None, description="Only internet, mobile, email_service, tv, cloud_backup or security."
    )
    max_monthly_price: PayableAmount | None = Field(None, description="Only what costs at most this a month.")
    query: Annotated[str, StringConstraints(max_length=100)] = Field(
        "", description="Only products with these words in name, description or features."
    )


class ProductListed(Record):
    product_id: str
    name: str
    product_type: str
    monthly_price: Amount
    once_price: Amount
    in_stock: bool = Field(description="True also for what needs no stock.")


class CatalogPage(Record):
    currency: str
    total: int = Field(description="How many there are; more than shown if the list is full.")
    products: list[ProductListed] = Field(max_length=PRODUCTS_SHOWN, description="Cheapest first.")


PRODUCT_CATALOG = ToolSpec(
    name="product_catalog",
    description="List what we sell with list prices: plans, packages, devices. Narrow it by type, price or words.",
    arguments=ProductCatalog,
    result=CatalogPage,
    policy=ToolPolicy(agents=SERVICE_AGENTS, timeout_seconds=3),
)


class GetProductInformation(ToolArguments):
    product_id: ProductId


class Offer(Record):
    """A promotion as it is told; ``code`` must be named to get it."""

    name: str
    off: str = Field(description="For example 5.00 a month, or 50% for 3 months.")
    code: str | None = None
    only_with: list[str] = Field(default_factory=list, description="Products it needs beside it, one of them.")
    only_for: list[str] = Field(default_factory=list, description="Customer tiers; empty: everybody.")
    ends_on: date | None = None


class ProductInformation(Record):
    product_id: str
    name: str
    product_type: str
    description: str
    features: list[str]
    currency: str
    monthly_price: Amount
    once_price: Amount = Field(description="Charged with the order: a device, or nothing.")
    term_months: int = Field(description="Minimum term; 0: ends with any month.")
    offers: list[Offer] = Field(max_length=OFFERS_SHOWN)
    goes_with: list[str] = Field(description="Products to recommend beside it.")
    available: int | None = Field(description="Pieces in stock; null: needs no stock.")


GET_PRODUCT_INFORMATION = ToolSpec(
    name="get_product_information",
    description="Everything about one product: features, prices, minimum term, running offers, what goes with it.",
    arguments=GetProductInformation,
    result=ProductInformation,
    policy=ToolPolicy(agents=SERVICE_AGENTS, timeout_seconds=3),
)


class BasketLine(ToolArguments):
    product_id: ProductId
    quantity: Quantity = 1


class Basket(ToolArguments):
    """What somebody wants, for a price or a quote."""

    customer_id: CustomerId
    items: Annotated[list[BasketLine], Field(min_length=1, max_length=BASKET_LINES)]
    promotion_code: PromotionCode | None = Field(None, description="A code that the customer named.")

    @field_validator("items")
    @classmethod
    def _each_once(cls, items: list[BasketLine]) -> list[BasketLine]:
        if len({item.product_id for item in items}) < len(items):
            raise ValueError("name each product once, with its quantity")
        return items


class PricingEngine(Basket):
    """The price only: nothing is written."""


PRICING_ENGINE = ToolSpec(
    name="pricing_engine",
    description=(
        "Calculate what products cost this customer, with bundle discounts and offers: due now, a month, "
        "and a month after offers have ended."
    ),
    arguments=PricingEngine,
    result=Priced,
    policy=ToolPolicy(
        agents=PRICE_TELLERS, timeout_seconds=5, audit_level="medium", identity=IdentityLevel.AUTHENTICATED
    ),
)


class GenerateQuote(Basket):
    """A price that is kept for two weeks."""


class Quote(Record):
    quote_id: str
    valid_until: datetime
    price: Priced
    changes_contract: list[str] = Field(
        default_factory=list,
        description="Running services that this would replace: such an order is made by a person.",
    )
    out_of_stock: list[str] = Field(default_factory=list, description="Products that cannot be delivered at present.")


GENERATE_QUOTE = ToolSpec(
    name="generate_quote",
    description=(
        "Write a binding quote for products, valid for 14 days. It reserves no stock. Then offer process_order "
        "with the quote's id, amount and monthly_total."
    ),
    arguments=GenerateQuote,
    result=Quote,
    policy=ToolPolicy(
        agents=PRICE_TELLERS,
        timeout_seconds=5,
        attempts=5,
        side_effect=SideEffect.RECORD,
        audit_level="medium",
        identity=IdentityLevel.AUTHENTICATED,
    ),
    aliases=("quote_generator",),
)


class CheckInventoryAvailability(ToolArguments):
    product_id: ProductId
    quantity: Quantity = 1


class InventoryAvailability(Record):
    product_id: str
    name: str
    enough: bool
    available: int | None = Field(description="Pieces that nobody has reserved; null: needs no stock.")
    delivery_on: date | None = Field(description="When it would arrive if ordered now; null: not deliverable now.")
    restock_on: date | None = Field(None, description="When more arrives, if there is not enough.")


CHECK_INVENTORY_AVAILABILITY = ToolSpec(
    name="check_inventory_availability",
    description="Check how many pieces of a product are in stock and when they would arrive.",
    arguments=CheckInventoryAvailability,
    result=InventoryAvailability,
    policy=ToolPolicy(agents=PRICE_TELLERS, timeout_seconds=3),
)


class ProcessOrder(ToolArguments):
    """The price stands in the arguments, so that it is part of what the customer agrees to."""

    customer_id: CustomerId
    quote_id: Id = Field(description="The quote that is ordered, for example QT-1001.")
    amount: PriceAgreed = Field(description="What is charged now: the amount of the quote.")
    monthly_total: PriceAgreed = Field(description="What it costs a month: the monthly_total of the quote.")
    payment_method_id: Id | None = Field(None, description="The method to charge; by default the customer's own.")

    @property
    def first_year(self) -> Decimal:
        return self.amount + self.monthly_total * YEAR


class StockReserved(Record):
    """First step of an order: it has a number, and nobody else gets the pieces."""

    order_id: str
    delivery_on: date | None = None


class OrderCharged(Record):
    """Second step: the money is there. Both are null if nothing was due now."""

    invoice_id: str | None
    charged_to: str | None


class OrderPlaced(Record):
    order_id: str
    quote_id: str
    status: Literal["confirmed", "fulfilled"] = Field(description="confirmed: devices are on their way.")
    amount: Amount
    monthly_total: Amount
    currency: str
    invoice_id: str | None = Field(description="The paid invoice of what was charged; null if nothing was.")
    charged_to: str | None = None
    new_services: list[str] = Field(default_factory=list, description="Ids of services that run from today.")
    delivery_on: date | None = None


PROCESS_ORDER = ToolSpec(
    name="process_order",
    description=(
        "Order what a quote offers: reserves stock, charges the amount, starts the services. Only after the customer "
        "agreed to exactly this quote and these prices."
    ),
    arguments=ProcessOrder,
    result=OrderPlaced,
    policy=ToolPolicy(
        agents=SELLERS,
        timeout_seconds=10,
        attempts=5,
        side_effect=SideEffect.MONEY,
        audit_level="high",
        needs_consent=True,
        approval_above=ORDER_APPROVAL,
        identity=IdentityLevel.AUTHENTICATED,
        verified_above=IDENTITY_LIMIT,
        conditions={
            AgentType.SALES: Condition(
                f"for orders worth up to {SALES_LIMIT} in the first year; hand larger ones over to tier3",
                lambda order: order.first_year <= SALES_LIMIT,
            )
        },
    ),
    saga=ORDER,
)

TOOLS = (
    PRODUCT_CATALOG,
    GET_PRODUCT_INFORMATION,
    PRICING_ENGINE,
    GENERATE_QUOTE,
    CHECK_INVENTORY_AVAILABILITY,
    PROCESS_ORDER,
)
