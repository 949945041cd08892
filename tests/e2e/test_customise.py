"""`docs/customise.md`, command by command as it is written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import copy_tree
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Tree

GUIDE = PROJECT / "docs" / "customise.md"
# The tree has the set-up of this one.
SET_UP = ("make setup\n. .venv/bin/activate\n",)


def blocks_of(language: str) -> list[str]:
    pattern = rf"^```{language}\n(.*?)^```$"
    return re.findall(pattern, GUIDE.read_text(), re.MULTILINE | re.DOTALL)


def execute(cells: list[str], tree: Tree) -> list[dict[str, str]]:
    """Execute the cells of a notebook; return what each one shows at its end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Jupyter's own packages
        import nbclient
        import nbformat

        notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
        metadata = {"metadata": {"path": str(tree.root)}}
        nbclient.NotebookClient(notebook, timeout=300, resources=metadata).execute()
    return [cell.outputs[-1]["data"] for cell in notebook.cells]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_guide_is_true(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path / "project")
    for name in ("examples", "docs"):
        shutil.copytree(PROJECT / name, tree.root / name)
    (tree.root / "dataset").mkdir()
    variables = tree.variables
    variables["PATH"] = os.pathsep.join([f"{sys.prefix}/bin", variables["PATH"]])
    blocks = blocks_of("console")
    assert blocks[0] in SET_UP
    said = []
    try:
        for block in blocks[1:]:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block],  # noqa: S607 - the reader's
                cwd=tree.root,
                env=variables,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
            said.append(done.stdout)
        shown = execute(blocks_of("python"), tree)
        versions = tree.facts("mlops", "models", "list", "--local", "--group", "tumours")
    finally:
        tree.run("mlops", "local", "stop")
    assert len(blocks) == 8
    assert "<td>Train</td><td>Training</td><td>Succeeded</td>" in shown[0]["text/html"]
    assert shown[1]["text/plain"].startswith("('Succeeded',\n {'")
    assert "569 tumours, 212 of them malignant" in said[0]
    assert (tree.root / "build" / "report" / "index.html").is_file()
    assert said[4].endswith("not registered\n")
    rows = said[6].splitlines()[-3:]
    assert [row.split(",")[0] for row in rows] == ["0", "1", "2"]
    # One for the first run; another regularization is no better, so the gate may stop it.
    assert [version["status"] for version in versions][-1] == "Approved"
