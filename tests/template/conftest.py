"""One synthesis for all template tests, however many processes run them."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING

import pytest

from tests.template import assembly

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def cloud_assembly(shared_folder: Path) -> Path:
    folder = shared_folder / "template-tests"
    folder.mkdir(exist_ok=True)
    output, done = folder / "cdk.out", folder / "done"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            assembly.synthesize(folder, output)
            done.touch()
    return output


@pytest.fixture(scope="session")
def dev(cloud_assembly: Path) -> assembly.Stacks:
    return assembly.Stacks(cloud_assembly, "dev")


@pytest.fixture(scope="session")
def prod(cloud_assembly: Path) -> assembly.Stacks:
    return assembly.Stacks(cloud_assembly, "prod")
