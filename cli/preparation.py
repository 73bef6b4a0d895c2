"""What is to be prepared; apart from ``prepare``, whose imports are heavy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Preparation:
    """``create`` makes the database if it is not there, ``demo`` fills it, ``temporal`` includes the namespace."""

    wait_seconds: float
    create: bool = False
    demo: bool = False
    temporal: bool = True
