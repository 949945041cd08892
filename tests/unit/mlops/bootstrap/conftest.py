"""The worlds of all environments, and the deployer's policies in dev."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from environments import load_environment
from mlops.bootstrap import DeploymentPolicies, deployment_policies
from promises.world import World, worlds_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="session")
def worlds(all_environments: Path) -> dict[str, World]:
    return {world.name: world for world in worlds_of([all_environments])}


@pytest.fixture(scope="session")
def dev(worlds: dict[str, World]) -> World:
    return worlds["dev"]


@pytest.fixture(scope="session")
def written(worlds: dict[str, World]) -> Callable[[str], DeploymentPolicies]:
    """The deployer's policies by environment, each written once."""
    return cache(lambda name: deployment_policies(worlds[name], load_environment(name)))


@pytest.fixture(scope="session")
def policies(written: Callable[[str], DeploymentPolicies]) -> DeploymentPolicies:
    return written("dev")
