"""Temporal as our processes reach it: one way to connect, one way to prepare a namespace."""

from adapters.temporal.client import connect_temporal
from adapters.temporal.namespace import NamespaceRefused, prepare_namespace

__all__ = ["NamespaceRefused", "connect_temporal", "prepare_namespace"]
