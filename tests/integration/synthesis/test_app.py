"""What the person at `cdk synth` is told: one clear line, and exit 1, for whatever is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from environments.loading import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = FOLDER.parent


def _run(context: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROJECT / "app.py")],
        cwd=folder,
        env={
            **os.environ,
            "CDK_CONTEXT_JSON": json.dumps(context),
            "CDK_OUTDIR": str(folder / "out"),
            "CDK_VALIDATION": "false",
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("context", "says"),
    [
        (
            {"environment": "dev,production"},
            "unknown environment 'production'; environments that exist: dev, prod, staging",
        ),
        ({"environment": ","}, "no environment named"),
        (
            {"environment": "dev,prod", "delete_data": "dev,prod"},
            "delete_data: prod: not an environment of this synthesis whose settings",
        ),
        (
            {"environment": "dev", "dataset": "nowhere.csv"},
            "there is no file nowhere.csv; name one with -c dataset=PATH",
        ),
        (
            {"environment": "dev", "dataset": str(PROJECT / "cdk.json")},
            "cdk.json is no data set; name a file with rows, .csv or .data",
        ),
    ],
)
def test_a_mistake_is_one_line_and_exit_1(
    tmp_path: Path, context: dict[str, str], says: str
) -> None:
    done = _run(context, tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("error: ")
    assert says in line
    assert not (tmp_path / "out" / "manifest.json").exists()
