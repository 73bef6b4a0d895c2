"""The ledger's promises, kept by the database itself."""

import psycopg
import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation

pytestmark = pytest.mark.integration

BOOK = "insert into ledger_transactions (transaction_id, kind, description, at) values ('T', 'credit', 'test', now());"
ENTRY = "insert into ledger_entries values ('T', 'receivable:CUST_001', -10, 'USD');"
COUNTER = "insert into ledger_entries values ('T', 'credits_granted', {}, '{}');"


def attempt(dsn: str, *statements: str) -> None:
    """All in one transaction, which is committed."""
    with psycopg.connect(dsn) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        ((BOOK,), "has no entries"),
        ((BOOK, ENTRY), "does not balance"),
        ((BOOK, ENTRY, COUNTER.format("9.99", "USD")), "does not balance"),
        ((BOOK, ENTRY, COUNTER.format("0", "USD")), "violates check"),
        (("update ledger_entries set amount = amount * 2",), "append-only"),
        (("delete from ledger_entries",), "append-only"),
        (("update ledger_transactions set description = ''",), "append-only"),
        (("truncate ledger_entries",), "append-only"),
        (("insert into ledger_entries values ('TX-PAY-2026-11-0001', 'revenue', 5, 'USD')",), "does not balance"),
    ],
)
async def test_books_that_lie_are_refused(demo_database_url: str, statements: tuple[str, ...], says: str):
    with pytest.raises(CheckViolation, match=says):
        attempt(demo_database_url, *statements)


async def test_currencies_do_not_mix(demo_database_url: str):
    with pytest.raises(ForeignKeyViolation):
        attempt(demo_database_url, BOOK, ENTRY, COUNTER.format("10", "EUR"))


async def test_balanced_books_are_taken_and_checked_only_at_the_end(demo_database_url: str):
    attempt(demo_database_url, BOOK, ENTRY, COUNTER.format("10", "USD"))
