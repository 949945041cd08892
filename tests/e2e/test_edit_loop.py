"""Edits of this project: a local run has the definition that a synthesis would give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloud_assembly import CloudAssembly
from mlops.synthesis import for_runs
from tests.e2e.conftest import copy_tree
from tests.synthesis import SHIPPED_SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

EDITS = (
    ("processing_code/train.py", False),
    ("processing_code/abalone/schema.py", False),
    ("processing_code/wheelhouse.txt", True),
)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_synthesis_is_made_where_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = copy_tree(tmp_path / "project")
    monkeypatch.setenv("MLOPS_SETTINGS", str(tree.root / SHIPPED_SETTINGS.name))
    run_app, made = for_runs._run_app, []

    def counted(environment: str, root: Path, output: Path, inputs: dict[str, str]) -> None:
        made.append(output)
        run_app(environment, root, output, inputs)

    monkeypatch.setattr(for_runs, "_run_app", counted)

    def definitions() -> dict[str, Any]:
        found = for_runs.assembly_for_run("dev", tree.root, lambda _line: None)
        assembly = CloudAssembly(found.folder, codes=found.codes)
        return {
            "definitions": {name: each.text() for name, each in assembly.pipelines.items()},
            "delivered": {
                each.prefix: {
                    file.relative_to(each.source).as_posix(): file.read_bytes()
                    for file in each.source.rglob("*")
                    if file.is_file()
                }
                for each in assembly.deliveries
                if each.prefix.startswith("code/")
            },
        }

    before = definitions()
    for number, (name, needed) in enumerate(EDITS):
        made.clear()
        file = tree.root / name
        file.write_text(f"{file.read_text()}\n# an edit")
        after = definitions()
        assert (name, len(made)) == (name, needed)
        if not needed:
            assert after != before
            if number == 1:
                (tree.root / "build" / "unchecked-assembly" / "dev" / "inputs.json").unlink()
                assert definitions() == after, "what a synthesis of everything gives"
                assert len(made) == 1
        before = after
