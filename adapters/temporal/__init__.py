"""Temporal as our processes reach it: one way to connect, one way to prepare a namespace."""

from adapters.temporal.client import TemporalUnavailable, connect_temporal
from adapters.temporal.namespace import NamespaceRefused, add_search_attributes, prepare_namespace

__all__ = ["NamespaceRefused", "TemporalUnavailable", "add_search_attributes", "connect_temporal", "prepare_namespace"]
