"""Conversations as data: readable scripts, run against a running product over its public API."""
