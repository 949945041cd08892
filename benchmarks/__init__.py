"""Benchmarks, each against a baseline: `python -m benchmarks`."""
