"""The worlds of all environments, and the deployer's policies in dev."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from environments import load_environment
from mlops.bootstrap import DeploymentPolicies, deployment_policies
from promises.world import World, worlds_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def worlds(all_environments: Path) -> dict[str, World]:
    return {world.name: world for world in worlds_of([all_environments])}


@pytest.fixture(scope="session")
def dev(worlds: dict[str, World]) -> World:
    return worlds["dev"]


@pytest.fixture(scope="session")
def policies(dev: World) -> DeploymentPolicies:
    return deployment_policies(dev, load_environment("dev"))
