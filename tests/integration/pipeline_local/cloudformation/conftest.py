"""One local AWS for the tests of stacks of a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline_local.local_aws import keeper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def server_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state folder of a running local AWS."""
    folder = tmp_path_factory.mktemp("local-aws")
    keeper.ensure_server(folder)
    yield folder
    keeper.stop_server(folder)
