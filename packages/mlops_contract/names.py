"""Names that stacks give and tools look for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PROJECT = "secure-mlops"
# How a name of an environment begins; environments' names have no hyphen (`environments.settings`).
NAMED = rf"{PROJECT}-([a-z][a-z0-9]*)-"
# The pipeline that promoted models run in, and the group in which it is registered for each.
BATCH_INFERENCE = "batch-inference"
# The function that brings models from the environment before, and its role.
MODEL_IMPORTER = "model-importer"
# The one role that ends versions, keys, trails and logs.
BREAK_GLASS = "break-glass"
# On every resource that takes tags, with the environment's name: it identifies what AWS gives an id
# instead of a name.
ENVIRONMENT_TAG = f"{PROJECT}:environment"
# Parameters that SageMaker fills in when a team starts a project, and the prefix of its name, which
# keeps the names of its resources apart from the environment's.
PROJECT_NAME, PROJECT_ID = "SageMakerProjectName", "SageMakerProjectId"
PROJECT_START = "p-"
# The prefix of projects' files in the bucket of artifacts.
PROJECT_FILES = "projects/"


def prefix(environment: str) -> str:
    """Begin the name of every resource of an environment: ``secure-mlops-dev``."""
    return f"{PROJECT}-{environment}"


def environments_named(names: Iterable[str]) -> list[str]:
    """List the environments after which resources are named, sorted."""
    return sorted({found[1] for each in names if (found := re.match(NAMED, each))})
