"""Builds of small buildspecs, each in a project of its own."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.builds.build import BuildRequest, run_build

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline_local.aws import Aws
    from pipeline_local.builds.execution import BuildEnd

Build = "Callable[..., BuildEnd]"


@pytest.fixture
def build(aws: Aws, tmp_path: Path) -> Callable[..., BuildEnd]:
    """Execute the text of a buildspec."""

    def run(text: str, **more: Any) -> BuildEnd:
        project = tmp_path / "project"
        project.mkdir(exist_ok=True)
        (project / "spec.yml").write_text(textwrap.dedent(text))
        request = BuildRequest(project / "spec.yml", project, **more)
        return run_build(request, aws, lambda _line: None)

    return run
