"""A small shop for tests of the sales playbook: what its tools answer, as their own result models."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from domain.messages import ToolOutcome
from domain.pricing import Priced, PricedLine
from domain.toolbox.customer import GET_ACCOUNT_SERVICES, AccountService, AccountServices
from domain.toolbox.sales import (
    CHECK_INVENTORY_AVAILABILITY,
    GENERATE_QUOTE,
    GET_PRODUCT_INFORMATION,
    PRICING_ENGINE,
    PRODUCT_CATALOG,
    CatalogPage,
    InventoryAvailability,
    Offer,
    ProductInformation,
    ProductListed,
    Quote,
)
from tests.agents.thoughts import gave

_SHELF = (
    ("plan_basic", "Basic plan", "internet", "19.99", "0"),
    ("plan_standard", "Standard plan", "internet", "34.99", "0"),
    ("plan_premium", "Premium plan", "internet", "49.99", "0"),
    ("plan_business", "Business plan", "internet", "149.00", "0"),
    ("router_wifi6", "Wi-Fi 6 router", "internet", "4.99", "0"),
    ("mesh_point", "Wi-Fi mesh point", "internet", "0", "79.00"),
    ("receiver_5g", "Outdoor 5G receiver", "internet", "0", "149.00"),
    ("mobile_s", "Mobile S", "mobile", "12.99", "0"),
    ("mobile_m", "Mobile M", "mobile", "22.99", "0"),
    ("mobile_l", "Mobile L", "mobile", "32.99", "0"),
    ("phone_nova", "Nova 5 phone", "mobile", "0", "399.00"),
    ("phone_nova_pro", "Nova 5 Pro phone", "mobile", "0", "899.00"),
    ("tv_starter", "TV Starter", "tv", "9.99", "0"),
    ("tv_complete", "TV Complete", "tv", "19.99", "0"),
    ("tv_box", "TV box 4K", "tv", "0", "79.00"),
    ("backup_200", "Cloud Backup 200 GB", "cloud_backup", "3.99", "0"),
    ("backup_2000", "Cloud Backup 2 TB", "cloud_backup", "9.99", "0"),
)
SHELF = {
    product_id: ProductListed(
        product_id=product_id,
        name=name,
        product_type=kind,
        monthly_price=Decimal(monthly),
        once_price=Decimal(once),
        in_stock=product_id != "receiver_5g",
    )
    for product_id, name, kind, monthly, once in _SHELF
}
BUNDLE = Offer(name="Bundle discount", off="5.00 a month", only_with=["mobile_s", "mobile_m", "mobile_l"])


def catalogue(kind: str) -> ToolOutcome:
    products = [product for product in SHELF.values() if product.product_type == kind]
    page = CatalogPage(currency="USD", total=len(products), products=products)
    return gave(PRODUCT_CATALOG, page, call_id=f"catalogue-{kind}", product_type=kind)


def services(*product_ids: str) -> ToolOutcome:
    running = [
        AccountService(
            service_id=f"SVC-{number}",
            product=SHELF[product_id].name,
            product_type=SHELF[product_id].product_type,
            status="active",
            monthly_price=SHELF[product_id].monthly_price,
            started_on=date(2024, 1, 1),
        )
        for number, product_id in enumerate(product_ids)
    ]
    total = sum((service.monthly_price for service in running), Decimal(0))
    account = AccountServices(currency="USD", monthly_total=total, services=running)
    return gave(GET_ACCOUNT_SERVICES, account, call_id="services")


def information(product_id: str, **changes: Any) -> ToolOutcome:
    fields: dict[str, Any] = {
        "description": "Good.",
        "features": [f"{SHELF[product_id].name} feature"],
        "currency": "USD",
        "term_months": 12 if product_id.startswith("plan") else 0,
        "offers": [],
        "goes_with": [],
        "available": None,
    }
    known = SHELF[product_id].model_dump(exclude={"in_stock"})
    found = ProductInformation.model_validate(known | fields | changes)
    return gave(GET_PRODUCT_INFORMATION, found, call_id=f"information-{product_id}", product_id=product_id)


def stock(
    product_id: str, *, available: int | None = 8, enough: bool = True, restock: date | None = None
) -> ToolOutcome:
    found = InventoryAvailability(
        product_id=product_id,
        name=SHELF[product_id].name,
        enough=enough,
        available=available,
        delivery_on=date(2026, 11, 22) if enough else None,
        restock_on=restock,
    )
    return gave(CHECK_INVENTORY_AVAILABILITY, found, call_id=f"stock-{product_id}", product_id=product_id)


def price(
    amount: str = "0.00", monthly: str = "0.00", later: str | None = None, promotion: str | None = None
) -> Priced:
    line = PricedLine(
        product_id="any",
        name="Any",
        quantity=1,
        monthly_price=Decimal(later or monthly),
        once_price=Decimal(amount),
        promotion=promotion,
    )
    return Priced(
        currency="USD",
        lines=[line],
        amount=Decimal(amount),
        monthly_total=Decimal(monthly),
        monthly_later=Decimal(later or monthly),
    )


def priced(amount: str, monthly: str = "0.00", later: str | None = None, promotion: str | None = None) -> ToolOutcome:
    return gave(PRICING_ENGINE, price(amount, monthly, later, promotion), call_id="price")


def quoted(*args: str, changes: tuple[str, ...] = (), quote_id: str = "QT-1001") -> ToolOutcome:
    quote = Quote(
        quote_id=quote_id,
        valid_until=datetime(2026, 12, 4, tzinfo=UTC),
        price=price(*args),
        changes_contract=list(changes),
    )
    return gave(GENERATE_QUOTE, quote, call_id="quote")
