"""What the pipelines of this checkout declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_definitions.beside import BuiltBeside
from pipeline_definitions.model_projects import model_projects

if TYPE_CHECKING:
    from environments.settings import EnvironmentSettings
    from pipeline_definitions.model_project import ModelProjects


def declared_projects(settings: EnvironmentSettings) -> ModelProjects:
    """Read the model projects of an environment; pipelines that changed are built anew."""
    return model_projects(settings, BuiltBeside((settings,)).of(settings).own)
