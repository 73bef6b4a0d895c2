"""Tools that sell."""

from activities.effects import Effect
from activities.ports import Orders, Sales
from activities.toolbox.binding import ToolContext, completes, does, handles, undoes
from domain.pricing import Priced
from domain.sagas import CHARGE, RESERVE_STOCK
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
    OrderCharged,
    OrderPlaced,
    PricingEngine,
    ProcessOrder,
    ProductCatalog,
    ProductInformation,
    Quote,
    StockReserved,
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


class OrderSteps:
    """process_order, step by step."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    @does(RESERVE_STOCK, PROCESS_ORDER)
    async def reserve_stock(self, arguments: ProcessOrder, context: ToolContext) -> StockReserved:
        return await self._orders.reserve_stock(context.effect, arguments)

    @undoes(RESERVE_STOCK)
    async def release_stock(self, effect: Effect) -> None:
        await self._orders.release_stock(effect)

    @does(CHARGE, PROCESS_ORDER)
    async def charge(self, arguments: ProcessOrder, context: ToolContext) -> OrderCharged:
        return await self._orders.charge(context.effect, arguments)

    @undoes(CHARGE)
    async def reverse_charge(self, effect: Effect) -> None:
        await self._orders.reverse_charge(effect)

    @completes(PROCESS_ORDER)
    async def fulfil(self, arguments: ProcessOrder, context: ToolContext) -> OrderPlaced:
        return await self._orders.fulfil(context.effect, arguments)
