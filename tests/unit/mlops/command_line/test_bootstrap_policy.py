"""`mlops bootstrap-policy`, as its user sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from mlops import synthesis
from mlops.command_line.main import app

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def synthesized(all_environments: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        synthesis,
        "synthesize",
        lambda environment: all_environments / f"assembly-{environment}",
    )


def test_it_writes_a_template_and_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "bootstrap.json"
    result = CliRunner().invoke(app, ["bootstrap-policy", "-e", "dev", "--output", str(file)])
    assert result.exit_code == 0, result.output
    assert "claims proved" in result.output
    assert f"--template-file {file} --capabilities CAPABILITY_NAMED_IAM" in result.output
    assert "cdk bootstrap aws://111111111111/eu-central-1 --qualifier hnb659fds" in result.output
    assert "AdministratorAccess" not in result.output
    assert set(json.loads(file.read_text())) >= {"Resources", "Outputs"}


def test_what_it_prints_is_what_it_writes(tmp_path: Path) -> None:
    file = tmp_path / "bootstrap.json"
    CliRunner().invoke(app, ["bootstrap-policy", "-e", "dev", "--output", str(file)])
    printed = CliRunner().invoke(app, ["bootstrap-policy", "-e", "dev"])
    assert printed.output == file.read_text()


def test_facts_are_json() -> None:
    result = CliRunner().invoke(app, ["bootstrap-policy", "-e", "prod", "--json"])
    facts = json.loads(result.output)
    assert facts["account"] == "333333333333"
    assert all(each["characters"] <= 6144 for each in facts["policies"])
    assert len(facts["commands"]) == 2
