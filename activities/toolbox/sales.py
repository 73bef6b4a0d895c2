"""Tools that sell."""

from activities.ports import Sales
from activities.toolbox.binding import ToolContext, handles
from domain.pricing import Priced
from domain.toolbox.sales import (
    CHECK_INVENTORY_AVAILABILITY,
    GENERATE_QUOTE,
    GET_PRODUCT_INFORMATION,
    PRICING_ENGINE,
    PROCESS_ORDER,
    PRODUCT_CATALOG,
    CatalogPage,
    CheckInventoryAvailability,
    GenerateQuote,
    GetProductInformation,
    InventoryAvailability,
    OrderPlaced,
    PricingEngine,
    ProcessOrder,
    ProductCatalog,
    ProductInformation,
    Quote,
)


class SalesTools:
    def __init__(self, sales: Sales) -> None:
        self._sales = sales

    @handles(PRODUCT_CATALOG)
    async def product_catalog(self, arguments: ProductCatalog, context: ToolContext) -> CatalogPage:
        return await self._sales.catalog(arguments)

    @handles(GET_PRODUCT_INFORMATION)
    async def get_product_information(
        self, arguments: GetProductInformation, context: ToolContext
    ) -> ProductInformation:
        return await self._sales.product(arguments.product_id, on=context.now.date())

    @handles(PRICING_ENGINE)
    async def pricing_engine(self, arguments: PricingEngine, context: ToolContext) -> Priced:
        return await self._sales.price(arguments, on=context.now.date())

    @handles(GENERATE_QUOTE)
    async def generate_quote(self, arguments: GenerateQuote, context: ToolContext) -> Quote:
        return await self._sales.quote(context.effect, arguments)

    @handles(CHECK_INVENTORY_AVAILABILITY)
    async def check_inventory_availability(
        self, arguments: CheckInventoryAvailability, context: ToolContext
    ) -> InventoryAvailability:
        return await self._sales.availability(arguments.product_id, arguments.quantity, on=context.now.date())

    @handles(PROCESS_ORDER)
    async def process_order(self, arguments: ProcessOrder, context: ToolContext) -> OrderPlaced:
        return await self._sales.order(context.effect, arguments)
