"""All checks of one definition, and the one error that carries what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_definitions.errors import PipelineDefinitionError
from pipeline_definitions.validation.perimeter import perimeter_problems
from pipeline_definitions.validation.samples import fill_placeholders
from pipeline_schema.requests import request_problems
from pipeline_schema.service_rules import service_problems

if TYPE_CHECKING:
    from environments.settings import EnvironmentSettings


def problems_of(
    pipeline: str, definition: dict[str, Any], settings: EnvironmentSettings
) -> list[str]:
    """List what SageMaker or the perimeter would refuse in a definition.

    Parameters
    ----------
    definition : dict
        The definition, schema 2020-12-01, with placeholders.

    Returns
    -------
    list of str
        One line a problem, naming pipeline, step and field; empty when there is none.
    """
    found = [
        *request_problems(fill_placeholders(definition, settings)),
        *service_problems(definition),
        *perimeter_problems(definition, settings),
    ]
    return [f"{pipeline}: {problem}" for problem in found]


def check_definition(
    pipeline: str, definition: dict[str, Any], settings: EnvironmentSettings
) -> None:
    """Refuse a definition that has problems.

    Parameters
    ----------
    definition : dict
        The definition, schema 2020-12-01, with placeholders.
    """
    problems = problems_of(pipeline, definition, settings)
    if problems:
        raise PipelineDefinitionError(problems)
