from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from environments.loading import load_environment
from pipeline_definitions.catalog import build_pipeline
from pipeline_schema.walking import all_steps

if TYPE_CHECKING:
    from environments.settings import EnvironmentSettings
    from pipeline_definitions.built import BuiltPipeline


@pytest.fixture(scope="session")
def settings() -> EnvironmentSettings:
    return load_environment("dev")


@pytest.fixture(scope="session")
def training(settings: EnvironmentSettings) -> BuiltPipeline:
    return build_pipeline("training", settings)


@pytest.fixture
def definition(training: BuiltPipeline) -> dict[str, Any]:
    """A definition of its own for the test to spoil."""
    return copy.deepcopy(training.definition)


@pytest.fixture
def steps(definition: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {step["Name"]: step for step in all_steps(definition)}
