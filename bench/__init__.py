"""Benchmarks of the whole product on one machine; README.md says how to read them."""
