"""`mlops doctor`: its lines and exit status; the checks have tests of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from typer.testing import CliRunner

import mlops.doctor
from mlops.command_line import doctor
from mlops.command_line.main import app
from mlops.doctor.line import ok, problem, unknown
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    import pytest

    from mlops.doctor import Line


def _found(monkeypatch: pytest.MonkeyPatch, *lines: Line) -> None:
    monkeypatch.setattr(doctor, "_subject", lambda *_, **__: None)
    monkeypatch.setattr(mlops.doctor, "examine", lambda _: iter(lines))


def test_a_problem_fails_and_the_same_commands_are_printed_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = (problem("one", "is missing", "make it"), problem("two", "too", "make it"))
    _found(monkeypatch, *lines, ok("three", "is there"), unknown("four", "may not be read"))
    result = CliRunner().invoke(app, ["doctor", "-e", "dev"])
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "problem   one: is missing",
        "          make it",
        "problem   two: too",
        "          the commands above",
        "ok        three: is there",
        "unknown   four: may not be read",
        "dev: 1 ok, 2 problem, 1 unknown",
    ]


def test_what_is_unknown_is_counted_and_does_not_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    _found(monkeypatch, ok("one", "is there"), unknown("two", "may not be read", "ask"))
    result = CliRunner().invoke(app, ["doctor", "-e", "dev", "--json"])
    assert result.exit_code == 0
    facts = json.loads(result.output)
    assert facts["counts"] == {"ok": 1, "problem": 0, "unknown": 1}
    assert facts["lines"][1] == {
        "check": "two",
        "verdict": "unknown",
        "what": "may not be read",
        "commands": ["ask"],
    }


def test_who_deploys_is_a_role_or_user() -> None:
    result = CliRunner().invoke(app, ["doctor", "-e", "dev", "--deployer", "Deployer"])
    assert isinstance(result.exception, MlopsError)
    assert str(result.exception) == "--deployer Deployer: is not the ARN of a role or user"
