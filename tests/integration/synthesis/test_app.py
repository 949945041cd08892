"""What the person at `cdk synth` is told: one clear line, and exit 1, for whatever is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from environments import SettingsError
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

UNKNOWN = "unknown environment 'production'; environments that exist: dev, prod, staging"


@pytest.mark.parametrize(
    ("context", "says"),
    [
        ({"environment": "dev,production"}, UNKNOWN),
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
            "cdk.json is no data set; name a file with rows, .csv, .data, .tsv",
        ),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, context: dict[str, str], says: str) -> None:
    import aws_cdk as cdk

    import app

    with pytest.raises(SettingsError) as caught:
        app.build(cdk.App(context=context, outdir=str(tmp_path)))
    assert says in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_it_is_told_in_one_line_with_exit_1_and_nothing_is_written(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(PROJECT / "app.py")],
        cwd=tmp_path,
        env={
            **os.environ,
            "CDK_CONTEXT_JSON": json.dumps({"environment": "production"}),
            "CDK_OUTDIR": str(tmp_path / "out"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == f"error: {UNKNOWN}"
    assert not (tmp_path / "out" / "manifest.json").exists()
