"""What set-up does before it installs anything."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tools import set_up

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("beside", "kept"), [(None, False), ("notes.txt", True)])
def test_folders_with_nothing_but_bytecode_are_removed(
    tmp_path: Path, beside: str | None, kept: bool
) -> None:
    bytecode = tmp_path / "mlops" / "assembly" / "__pycache__" / "project.cpython-311.pyc"
    bytecode.parent.mkdir(parents=True)
    bytecode.touch()
    if beside:
        (tmp_path / "mlops" / beside).touch()
    set_up.remove_bytecode_of_older_layouts(tmp_path)
    assert bytecode.exists() == kept


def test_tasks_side_by_side_come_to_their_end_though_one_fails() -> None:
    done: list[str] = []

    def fail() -> None:
        raise subprocess.CalledProcessError(1, ["npm", "ci"])

    with pytest.raises(subprocess.CalledProcessError):
        set_up.at_once(fail, lambda: done.append("wheels"))
    assert done == ["wheels"]
