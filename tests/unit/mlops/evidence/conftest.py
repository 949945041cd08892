"""Templates that break a promise, leave one undecided and keep one, and their evidence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from mlops.command_line.main import app

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

AT = "2026-11-30T21:00:00+01:00"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def _deny(condition: dict[str, Any]) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "*",
                "Resource": "*",
                "Condition": condition,
            }
        ],
    }


RESOURCES = {
    "Data": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "team-data"}},
    "DataPolicy": {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "Data"},
            "PolicyDocument": _deny(
                {"Bool": {"aws:SecureTransport": "{{resolve:ssm:/team/transport}}"}}
            ),
        },
    },
    # Breaks promises 17 and 11: no boundary, and rights over itself.
    "Script<b>": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": _TRUST,
            "Policies": [
                {
                    "PolicyName": "own",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {"Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "*"}
                        ],
                    },
                }
            ],
        },
    },
}


def prove(*arguments: str, promises: tuple[str, ...] = ("16",)) -> Result:
    """Call the command for some promises; 16 takes no time."""
    chosen = [part for each in promises for part in ("--promise", each)]
    return CliRunner().invoke(app, ["prove", *arguments, *chosen])


def templates_in(folder: Path) -> None:
    """Write two templates to a folder in a folder."""
    (folder / "templates").mkdir()
    for name, ids in (("a one", ("Data", "DataPolicy")), ("two", ("Script<b>",))):
        template = {"Resources": {key: RESOURCES[key] for key in ids}}
        (folder / "templates" / f"{name}.json").write_text(json.dumps(template, indent=1))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working directory with a folder of two templates."""
    templates_in(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="package")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """Return what the command said of promises 3, 11 and 16, and the folder of the evidence."""
    folder = tmp_path_factory.mktemp("evidence")
    templates_in(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        said = prove(
            *("templates", "--evidence", "out/evidence", "--at", AT), promises=("3", "11", "16")
        )
    return said, folder / "out" / "evidence"


@pytest.fixture
def evidence(done: tuple[Result, Path]) -> Path:
    """Return the folder of the evidence."""
    return done[1]
