"""A run as one HTML file that needs nothing beside it."""

from pipeline_local.report.writing import DEFAULT_OUTPUT, write_report

__all__ = ["DEFAULT_OUTPUT", "write_report"]
