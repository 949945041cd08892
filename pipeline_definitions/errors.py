"""Errors of this room, each one line for a person."""

from mlops_common.errors import UserError


class PipelineModuleError(UserError):
    """A pipeline module that cannot be used: the module, what is wrong, and what to do."""


class PipelineDefinitionError(UserError):
    """A pipeline definition that SageMaker would refuse, or that breaks the perimeter.

    Parameters
    ----------
    *lines : str
        One problem each, naming pipeline, step and field.
    """
