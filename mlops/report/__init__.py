"""A run as one HTML file that needs nothing beside it."""

from mlops.report.writing import DEFAULT_OUTPUT, connected_store, write_report

__all__ = ["DEFAULT_OUTPUT", "connected_store", "write_report"]
