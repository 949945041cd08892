"""What set-up does before it installs anything."""

from __future__ import annotations

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
