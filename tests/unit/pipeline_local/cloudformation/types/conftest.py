from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.pipeline_local.cloudformation.types.resource_stack import Stack

if TYPE_CHECKING:
    from pipeline_local.aws import Aws


@pytest.fixture
def stack(aws: Aws, name: str) -> Stack:
    """A stack of a name of its own."""
    return Stack(aws, name)
