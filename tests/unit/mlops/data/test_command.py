from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from mlops.command_line.data import app
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from pathlib import Path


def test_generate_prints_facts(tmp_path: Path) -> None:
    target = tmp_path / "synthetic.csv"
    done = CliRunner().invoke(
        app, ["generate", "--output", str(target), "--rows", "30", "--seed", "4", "--json"]
    )
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout)
    assert facts["path"] == str(target)
    assert facts["synthetic"] is True
    assert len(target.read_text().splitlines()) == 30


def test_generate_says_synthetic_to_people(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["generate", "--output", str(tmp_path / "synthetic.csv")])
    assert "SYNTHETIC" in done.stdout


def test_fetch_takes_a_mirror_and_fails_as_an_error_for_people(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["fetch", "--output", str(tmp_path / "a.csv"), "--url", "http://127.0.0.1:9/a.zip"]
    )
    assert isinstance(done.exception, MlopsError)
    assert "http://127.0.0.1:9/a.zip" in str(done.exception)


@pytest.mark.parametrize("verb", ["fetch", "generate"])
def test_help(verb: str) -> None:
    assert CliRunner().invoke(app, [verb, "--help"]).exit_code == 0
