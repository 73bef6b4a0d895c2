"""Demo data: a small telecommunications company, Northline, the same on every machine."""

from adapters.demo.seeding import REFERENCE, seed

__all__ = ["REFERENCE", "seed"]
