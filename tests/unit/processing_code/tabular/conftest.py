"""Jobs of a table's problem, run in a temporary folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.processing_code.table_run import TableRun

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.processing_code.tabular.problems import Make


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    def made(schema: dict[str, Any], parts: str = "") -> TableRun:
        return TableRun(tmp_path / "ml", monkeypatch, schema, parts)

    return made
