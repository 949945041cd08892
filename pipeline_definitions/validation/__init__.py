"""What a definition is held against before it is deployed or run."""

from pipeline_definitions.validation.check import check_definition, problems_of

__all__ = ["check_definition", "problems_of"]
