"""The business of a contact center as data and pure functions: no I/O, no clock, no third-party code but pydantic."""
