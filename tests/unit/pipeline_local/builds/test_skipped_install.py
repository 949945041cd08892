"""Builds that use the project's own set-up instead of installing one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline_local.builds.execution import BuildEnd


def test_the_install_phase_is_left_out(build: Callable[..., BuildEnd], tmp_path: Path) -> None:
    lent = tmp_path / "project" / ".venv"
    lent.mkdir(parents=True)
    (lent / "mark").write_text("lent")
    end = build(
        """
        version: 0.2
        env: {exported-variables: [FOUND]}
        phases:
          install: {commands: ["false"]}
          build: {commands: ["export FOUND=$(cat .venv/mark)"]}
        """,
        install=False,
    )
    assert end.succeeded
    assert end.exported == {"FOUND": "lent"}
    assert not (lent / "mark").is_symlink()
