"""Amounts of money: exact decimals with two places, and the shape they have in JSON (a string, ``"49.90"``)."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

CENT = Decimal("0.01")
DEFAULT_CURRENCY = "USD"


def to_cents(amount: Decimal) -> Decimal:
    """The amount with exactly two places.

    >>> to_cents(Decimal("49.9"))
    Decimal('49.90')
    """
    return amount.quantize(CENT)


def _no_truth_values(value: Any) -> Any:
    """``True`` would count as 1."""
    if isinstance(value, bool):
        raise ValueError("an amount is a number")  # noqa: TRY004 pydantic turns ValueError into its own error
    return value


_AS_TEXT = PlainSerializer(lambda amount: f"{to_cents(amount)}", return_type=str, when_used="json")

Amount = Annotated[Decimal, AfterValidator(to_cents), _AS_TEXT]
"""An amount we state, of either sign."""

PayableAmount = Annotated[
    Decimal,
    BeforeValidator(_no_truth_values),
    Field(gt=0, le=10_000, decimal_places=2, allow_inf_nan=False),
    AfterValidator(to_cents),
    _AS_TEXT,
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 10_000, "multipleOf": 0.01}),
]
"""An amount that somebody asks us to move: above zero, whole cents."""

PriceAgreed = Annotated[
    Decimal,
    BeforeValidator(_no_truth_values),
    Field(ge=0, le=100_000, decimal_places=2, allow_inf_nan=False),
    AfterValidator(to_cents),
    _AS_TEXT,
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100_000, "multipleOf": 0.01}),
]
"""A price that somebody says yes to: zero or more, whole cents."""
