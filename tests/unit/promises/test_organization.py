"""`mlops prove --scp --rcp`: an organization's policies refuse, and only what they are about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mlops.command_line.main import app
from mlops_common.errors import MlopsError

_HOLES = Path(__file__).parent / "holes"
_DENY: dict[str, Any] = {"Effect": "Deny", "Action": "*", "Resource": "*"}
_ALLOW = {**_DENY, "Effect": "Allow"}
_PLAIN = {"Bool": {"aws:SecureTransport": "false"}}
_TLS = {**_DENY, "Principal": "*", "Action": "s3:*", "Condition": _PLAIN}
_BUCKET = ("--subject", "bucket=Data", "--subject", "s3-endpoint=EndpointId")


def _policy(folder: Path, name: str, *statements: object) -> str:
    file = folder / name
    file.write_text(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
    return str(file)


def _breaches(file: str, promise: int, *arguments: str) -> list[str]:
    return [each["what"] for each in _found(file, promise, *arguments)]


def _found(file: str, promise: int, *arguments: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(
        app,
        [
            "prove",
            str(_HOLES / file),
            "--promise",
            str(promise),
            "--json",
            "--no-cache",
            *arguments,
        ],
    )
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    (world,) = json.loads(done.stdout)
    (found,) = world["promises"]
    assert world["for"] == [
        " ".join(pair) for pair in zip(arguments[::2], arguments[1::2], strict=True)
    ]
    breaches: list[dict[str, Any]] = found["breaches"]
    return breaches


@pytest.mark.parametrize(
    "statements",
    [
        [_DENY],
        [_ALLOW, {**_DENY, "Action": "iam:*"}],
        [{**_ALLOW, "Action": "s3:*"}, {**_ALLOW, "Action": ["sqs:*"]}],
        [{**_DENY, "NotAction": ["s3:*"]}],
    ],
)
def test_a_service_control_policy_takes_rights_from_roles(
    tmp_path: Path, statements: list[dict[str, Any]]
) -> None:
    if "NotAction" in statements[-1]:
        statements = [{key: each for key, each in statements[-1].items() if key != "Action"}]
    rights = "change identities"
    assert any(rights in each for each in _breaches("own_rights.yaml", 11))
    scp = _policy(tmp_path, "scp.json", *statements)
    assert not any(rights in each for each in _breaches("own_rights.yaml", 11, "--scp", scp))


@pytest.mark.parametrize(
    "statement",
    [
        {**_DENY, "Action": "s3:*"},
        {**_DENY, "Condition": {"StringEquals": {"aws:PrincipalAccount": "999999999999"}}},
        {**_ALLOW, "Action": ["iam:*", "s3:*"]},
    ],
)
def test_what_it_does_not_name_stays(tmp_path: Path, statement: dict[str, Any]) -> None:
    scp = _policy(tmp_path, "scp.json", statement)
    found = _breaches("own_rights.yaml", 11, "--scp", scp)
    assert any("change identities" in each for each in found)


def test_it_holds_nobody_of_another_account(tmp_path: Path) -> None:
    scp = _policy(tmp_path, "scp.json", _DENY)
    found = _breaches("other_accounts.yaml", 14, "--scp", scp)
    assert any("from another account" in each for each in found)


def test_a_resource_control_policy_holds_all_but_service_linked_roles(tmp_path: Path) -> None:
    def callers(*arguments: str) -> list[str]:
        found = _found("and_of_denies.json", 3, *_BUCKET, *arguments)
        requests = [each["request"] for each in found if "over plain HTTP" in each["what"]]
        return [str(each["context"]["aws:PrincipalArn"]) for each in requests if each]

    assert any("aws-service-role" not in each for each in callers())
    rcp = _policy(tmp_path, "rcp.json", {**_ALLOW, "Principal": "*"}, _TLS)
    held = callers("--rcp", rcp)
    assert held
    assert all("role/aws-service-role/" in each for each in held)


def test_a_resource_whose_owner_is_unknown_is_held_by_no_resource_control_policy(
    tmp_path: Path,
) -> None:
    rcp = _policy(tmp_path, "rcp.json", {**_DENY, "Principal": "*", "Action": "sqs:*"})
    found = _found("owner_if_known.yaml", 13, "--rcp", rcp)
    (breach,) = (each for each in found if each["what"].endswith("whose owner is unknown"))
    assert "aws-service-role" not in breach["request"]["principal"]["arn"]
    assert any(each["what"].startswith("refused") for each in found), "it may be ours, too"


@pytest.mark.parametrize(
    ("option", "content", "what"),
    [
        ("--scp", {**_DENY, "Principal": "*"}, "has no Principal"),
        ("--scp", {**_ALLOW, "Condition": _PLAIN}, "no Condition"),
        ("--scp", {**_ALLOW, "NotResource": "arn:aws:s3:::a"}, "an Allow is judged where"),
        ("--scp", {**_ALLOW, "Resource": "arn:aws:s3:::a"}, "an Allow is judged where"),
        ("--scp", {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, "an Allow is judged"),
        ("--rcp", _DENY, 'has the Principal "*"'),
        ("--rcp", {**_TLS, "Principal": {"AWS": "*"}}, 'has the Principal "*"'),
        ("--rcp", {**_TLS, "Action": "sns:*"}, "not decided: sns:*"),
        ("--rcp", {**_TLS, "Action": "*"}, "not decided: *"),
        (
            "--rcp",
            {"Effect": "Deny", "Principal": "*", "NotAction": "s3:*", "Resource": "*"},
            "not decided: NotAction",
        ),
        ("--rcp", {**_ALLOW, "Principal": "*", "Action": "s3:*"}, "allows; only AWS's own"),
        ("--rcp", "text", "it has no Statement"),
        ("--scp", {**_DENY, "Efect": "Deny"}, "Efect"),
        ("--scp", {**_DENY, "Effect": ["Deny"]}, "Effect must be"),
        ("--scp", {"Effect": "Deny", "Action": "*"}, "Resource is missing"),
        ("--scp", {**_DENY, "Action": ["s3:Get*", "s3:PutObjekt"]}, "'s3:PutObjekt' matches no"),
        ("--rcp", {**_TLS, "Action": "s3:PutObjekt"}, "'s3:PutObjekt' matches no"),
        ("--scp", {**_DENY, "Sid": "x" * 5_120}, "AWS takes 5,120"),
    ],
)
def test_what_is_no_such_policy_or_is_not_judged_is_refused_by_name(
    tmp_path: Path, option: str, content: object, what: str
) -> None:
    file = _policy(tmp_path, "policy.json", content)
    done = CliRunner().invoke(app, ["prove", str(_HOLES / "own_rights.yaml"), option, file])
    assert done.exception is not None
    assert not isinstance(done.exception, SystemExit)
    assert what in str(done.exception)


_NEW = '{"Version": "2012-10-17", "Statement": '
_STATED = json.dumps(_DENY)


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "[" * 100_000, "3", '{"Statement": 3}', f"{_NEW}[]}}"),
        f'{{"Version": "2008-10-17", "Statement": {_STATED}}}',
        f'{_NEW}{_STATED}, "Deny": {_STATED}}}',
        f'{_NEW}{_STATED}, "Statement": {_STATED}}}',
    ],
)
def test_what_is_no_policy_is_one_line(tmp_path: Path, content: str) -> None:
    file = tmp_path / "scp.json"
    file.write_text(content)
    done = CliRunner().invoke(app, ["prove", "x", "--scp", str(file)])
    assert isinstance(done.exception, MlopsError)
    missing = CliRunner().invoke(app, ["prove", "x", "--scp", str(tmp_path / "none.json")])
    assert "cannot be read" in str(missing.exception)


@pytest.mark.parametrize(
    ("condition", "refused"),
    [
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-one"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-one"}}, True),
        ({"StringNotEqualsIfExists": {"aws:ResourceOrgID": "o-one"}}, False),
        ({"StringNotEquals": {"aws:RequestedRegion": ["us-east-1"]}}, False),
        ({"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}}, True),
        # Two ids: nobody knows which is ours.
        ({"StringNotEquals": {"aws:PrincipalOrgID": ["o-one", "o-two"]}}, True),
    ],
)
def test_what_has_to_be_possible_is_asked_with_the_keys_of_the_organization(
    tmp_path: Path, condition: dict[str, Any], refused: bool
) -> None:
    scp = _policy(tmp_path, "scp.json", {**_DENY, "Condition": condition})
    found = _breaches("key_for_the_account.yaml", 12, "--scp", scp)
    assert any(each.startswith("refused") for each in found) is refused
