"""Errors of pipeline modules and definitions, for people."""

from mlops_common.errors import UserError


class PipelineModuleError(UserError):
    """A pipeline module that cannot be used."""


class PipelineDefinitionError(UserError):
    """A definition that SageMaker would refuse, or that breaks the perimeter; a problem a line."""
