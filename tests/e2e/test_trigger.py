"""`docs/trigger.md`, as written: all of its commands, one after the other, in one shell."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Tree

_BLOCKS = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_command_of_the_page_works(tree: Tree, stand_in: str, tmp_path: Path) -> None:
    (tree.root / "dataset").mkdir()
    shutil.copyfile(stand_in, tree.root / "dataset" / "abalone.csv")
    blocks = _BLOCKS.findall((PROJECT / "docs" / "trigger.md").read_text())
    assert len(blocks) == 12
    script = tmp_path / "trigger.sh"
    ends = (
        'printf \'{"first": "%s", "second": "%s"}\' "$(status "$EXECUTION")" "$(status "$SECOND")"'
    )
    script.write_text("\n".join(["set -euo pipefail", *blocks, ends]))
    environment = {name: value for name, value in tree.variables.items() if name[:4] != "AWS_"}
    done = subprocess.run(
        ["/bin/bash", str(script)],
        cwd=tree.root,
        env={**environment, "AWS_PAGER": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {"first": "Succeeded", "second": "Stopped"}
    (report,) = (tree.root / "fetched" / "evaluation").rglob("evaluation.json")
    evaluation = json.loads(report.read_text())
    assert 0 < evaluation["regression_metrics"]["mse"]["value"] <= 6
    assert "RegisterModel" in done.stdout
    (version,) = tree.facts("mlops", "models", "list", "--local")[-1:]
    assert version["status"] == "PendingManualApproval"
