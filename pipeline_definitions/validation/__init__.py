"""The checks of a definition before it is deployed or run."""

from pipeline_definitions.validation.check import check_definition, problems_of

__all__ = ["check_definition", "problems_of"]
