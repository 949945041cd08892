"""A run as one self-contained HTML file."""

from pipeline_local.report.writing import DEFAULT_OUTPUT, write_report

__all__ = ["DEFAULT_OUTPUT", "write_report"]
