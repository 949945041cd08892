"""`iam-prover ask`: answers, exit statuses, and one line for what cannot be answered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from iam_prover.command import main

if TYPE_CHECKING:
    from pathlib import Path

READER = "arn:aws:iam::111122223333:role/Reader"
LOGS = "arn:aws:s3:::logs/*"
ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": LOGS}
ASK = ("ask", "--action", "s3:GetObject")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"Statement": ALLOW}))
    return file


def asked(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, Any]]:
    code = main([*ASK, "--json", *map(str, arguments)])
    facts: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, facts


def test_what_gets_through_is_shown(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, facts = asked(capsys, "--identity-policy", policy, "--principal", READER)
    assert (code, facts["answer"]) == (1, "possible")
    assert facts["request"]["principal"]["arn"] == READER
    assert facts["statements"] == [f"{policy}, statement 0"]
    assert main([*ASK, "--identity-policy", str(policy)]) == 1
    assert capsys.readouterr().out.startswith("possible: arn:aws:sts::")


@pytest.mark.parametrize(
    "narrowed",
    [
        ("--resource", "arn:aws:s3:::ours/*"),
        ("--principal", "anonymous"),
        ("--principal", "ec2.amazonaws.com"),
        # Another account's bucket: its own policy would have to allow it, too.
        ("--principal", READER, "--condition", "aws:ResourceAccount=444455556666"),
    ],
)
def test_what_does_not_is_proved(
    policy: Path, narrowed: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, facts = asked(capsys, "--identity-policy", policy, *narrowed)
    assert (code, facts) == (0, {"answer": "impossible"})


@pytest.mark.parametrize("principal", [READER, READER.replace("role", "user"), "111122223333"])
def test_a_policy_only_limits_where_it_is_attached_to_limit(
    policy: Path, principal: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bounded = ("--any-identity-policy", "--boundary", policy, "--principal", principal)
    assert asked(capsys, *bounded)[0] == 1
    assert asked(capsys, *bounded, "--resource", "arn:aws:s3:::ours/a")[0] == 0


def test_no_answer_is_no_proof(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy.write_text(json.dumps({"Statement": {**ALLOW, "Resource": "arn:aws:s3:::*/a*b*/c"}}))
    code, facts = asked(capsys, "--identity-policy", policy, "--timeout", "0")
    assert (code, facts["answer"]) == (3, "unknown")


def test_what_a_policy_holds_cannot_break_a_message_into_lines(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy.write_text(json.dumps({"Statement": {"Sid": "a\nb\x1b[2J", "Effect": "Allow"}}))
    assert main([*ASK, "--identity-policy", str(policy)]) == 2
    assert r"(a\nb\x1b[2J): needs Action" in capsys.readouterr().err


BAD: list[tuple[tuple[str, ...], str]] = [
    ((), "name at least one policy"),
    (("--identity-policy", "missing.json"), "cannot be read"),
    (("--identity-policy", "{file}", "--action", "s3:GetObjekt"), "no such action is known"),
    (("--identity-policy", "{file}", "--action", "kms:Decrypt"), "apart from all others"),
    (("--identity-policy", "{file}", "--resource", "logs"), "'logs': not an ARN"),
    (("--identity-policy", "{file}", "--principal", "Reader"), "not the ARN of a role"),
    (
        ("--identity-policy", "{file}", "--principal", READER.replace("aws", "aws-cn", 1)),
        "partition 'aws' only",
    ),
    (("--resource-policy", "{file}", "--identity-policy", "{file}.txt"), "not JSON"),
    (("--identity-policy", "{file}", "--boundary", "{file}.list"), "must be an object"),
    (("--identity-policy", "{file}.twice"), "'Effect' stands twice"),
    (("--identity-policy", "{file}.deep"), "nested too deeply"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input_is_one_line(
    policy: Path, arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    policy.with_name("policy.json.txt").write_text("Version: 2012")
    policy.with_name("policy.json.list").write_text("[]")
    twice = json.dumps({"Statement": ALLOW}).replace("{", '{"Effect": "Allow", "Effect": "Deny", ')
    policy.with_name("policy.json.twice").write_text(twice)
    policy.with_name("policy.json.deep").write_text("[" * 100_000)
    assert main([*ASK, *(each.format(file=policy) for each in arguments)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert message in told.err
    assert told.err.count("\n") == 1


def test_wrong_options_steer_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([*ASK, "--odd\n\x1b[31m"])
    assert stopped.value.code == 2
    assert r"unrecognized arguments: --odd\n\x1b[31m" in capsys.readouterr().err
