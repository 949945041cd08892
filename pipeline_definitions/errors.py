"""Errors of this room, each one line for a person."""


class PipelineModuleError(Exception):
    """A pipeline module that cannot be used."""


class PipelineDefinitionError(Exception):
    """A pipeline definition that SageMaker would refuse, or that breaks the perimeter.

    Parameters
    ----------
    problems : list of str
        One line a problem, each naming pipeline, step and field.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
