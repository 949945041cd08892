"""All checks of one definition, and the one error that carries their problems."""

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
    """List what SageMaker or the perimeter would refuse in a definition with placeholders."""
    found = [
        *request_problems(fill_placeholders(definition, settings)),
        *service_problems(definition),
        *perimeter_problems(definition, settings),
    ]
    return [f"{pipeline}: {problem}" for problem in found]


def check_definition(
    pipeline: str, definition: dict[str, Any], settings: EnvironmentSettings
) -> None:
    """Refuse a definition that has problems."""
    if problems := problems_of(pipeline, definition, settings):
        raise PipelineDefinitionError(*problems)
