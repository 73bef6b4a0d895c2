"""All of the back office on one pool."""

from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from activities.ports import BackOffice
from activities.support_ports import SupportOffice
from adapters.postgres.billing import PostgresBilling
from adapters.postgres.cases import PostgresCases
from adapters.postgres.compliance import PostgresCompliance
from adapters.postgres.crm import PostgresRelations
from adapters.postgres.customers import PostgresCustomers
from adapters.postgres.database import Database
from adapters.postgres.devices import PostgresDevices
from adapters.postgres.disputes import PostgresDisputes
from adapters.postgres.field_service import PostgresAppointments
from adapters.postgres.knowledge import PostgresKnowledge
from adapters.postgres.orders import PostgresOrders
from adapters.postgres.oversight import PostgresOversight
from adapters.postgres.payments import PostgresPayments
from adapters.postgres.performance import PostgresPerformance
from adapters.postgres.quotes import PostgresSales
from adapters.postgres.refunds import PostgresRefunds
from adapters.postgres.support import PostgresMetrics, PostgresNotifier, PostgresTickets


def postgres_back_office(pool: AsyncConnectionPool[AsyncConnection[Any]]) -> BackOffice:
    database = Database(pool)
    return BackOffice(
        customers=PostgresCustomers(database),
        billing=PostgresBilling(database),
        knowledge=PostgresKnowledge(database),
        tickets=PostgresTickets(database),
        notifier=PostgresNotifier(database),
        metrics=PostgresMetrics(database),
        sales=PostgresSales(database),
        payments=PostgresPayments(database),
        disputes=PostgresDisputes(database),
        orders=PostgresOrders(database),
        refunds=PostgresRefunds(database),
        effects=database,
        support=_support(database, pool),
    )


def _support(database: Database, pool: AsyncConnectionPool[AsyncConnection[Any]]) -> SupportOffice:
    return SupportOffice(
        devices=PostgresDevices(database),
        appointments=PostgresAppointments(database),
        relations=PostgresRelations(database),
        cases=PostgresCases(database),
        compliance=PostgresCompliance(database),
        oversight=PostgresOversight(database),
        performance=PostgresPerformance(pool),
    )
