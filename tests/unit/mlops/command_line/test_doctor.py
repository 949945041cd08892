"""`mlops doctor`: its lines and exit status; the checks have tests of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import mlops.doctor
from mlops.command_line import doctor
from mlops.command_line.main import app
from mlops.doctor.line import ok, problem, unknown
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
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


def test_several_environments_are_refused_with_the_commands_for_each() -> None:
    result = CliRunner().invoke(app, ["doctor", "-e", "dev,prod"])
    assert isinstance(result.exception, MlopsError)
    assert "run mlops doctor -e dev, then mlops doctor -e prod" in str(result.exception)
    unknown_one = CliRunner().invoke(app, ["doctor", "-e", "dev,nowhere"])
    assert "unknown environment 'nowhere'" in str(unknown_one.exception)


IAM = "arn:aws:iam::111111111111"
SESSION = "arn:aws:sts::111111111111:assumed-role/Deployer/me@example.com"
OF_SESSION = (
    f"is a session; write its role's ARN, {IAM}:role/Deployer, or what "
    "`aws iam get-role --role-name Deployer --query Role.Arn` prints if the role has a path"
)
NOBODY = [
    *((each, "is not the ARN of a role or user") for each in ("Deployer", "a:iam::b")),
    *((f"{IAM}:{each}", "is not the ARN of a role or user") for each in ("root", "group/One")),
    (SESSION, OF_SESSION),
]


@pytest.mark.parametrize(("deployer", "words"), NOBODY, ids=[each[0] for each in NOBODY])
def test_who_deploys_is_a_role_or_user(deployer: str, words: str) -> None:
    result = CliRunner().invoke(app, ["doctor", "-e", "dev", "--deployer", deployer])
    assert isinstance(result.exception, MlopsError)
    assert str(result.exception) == f"--deployer {deployer}: {words}"


@pytest.mark.parametrize("who", ["user/One", "role/Deployer", "role/aws-reserved/sso/Deployer"])
def test_who_deploys_may_have_a_path(monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    _found(monkeypatch, ok("one", "is there"))
    result = CliRunner().invoke(app, ["doctor", "-e", "dev", "--deployer", f"{IAM}:{who}"])
    assert result.exit_code == 0, result.output
