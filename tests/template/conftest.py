"""One synthesis for all template tests, however many processes run them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloud_assembly import CloudAssembly
from cloud_assembly.messages import MessageRule, messages_of
from tests.synthesis import once
from tests.template import assembly

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def cloud_assembly(shared_folder: Path) -> Path:
    folder = shared_folder / "template-tests"
    return once(folder, lambda output: assembly.synthesize(folder, output))


@pytest.fixture(scope="session")
def dev(cloud_assembly: Path) -> assembly.Stacks:
    return assembly.Stacks(cloud_assembly, "dev")


@pytest.fixture(scope="session")
def prod(cloud_assembly: Path) -> assembly.Stacks:
    return assembly.Stacks(cloud_assembly, "prod")


@pytest.fixture(scope="session")
def messages(cloud_assembly: Path) -> list[MessageRule]:
    assembly = CloudAssembly(cloud_assembly)
    return [
        message
        for stack in assembly.stacks
        if stack.name == "secure-mlops-dev-monitoring"
        for message in messages_of(stack, assembly.resolver)
    ]
