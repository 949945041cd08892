"""The read-only policy: its actions read, and are those of the calls."""

from __future__ import annotations

import json

import pytest
from botocore import xform_name
from typer.testing import CliRunner

from iam_prover.reference import action_details
from mlops.command_line.main import app
from mlops.doctor.reads import READS, Reader, action_of
from pipeline_local.aws import Aws
from tests.synthesis import PROJECT

CALLS = [(service, operation) for service, names in READS.items() for operation in names]


def test_every_action_exists_and_reads() -> None:
    levels = {
        action: action_details(action)["accessLevel"]
        for call in CALLS
        if (action := action_of(*call))
    }
    assert set(levels.values()) <= {"List", "Read"}


def test_the_policy_has_the_actions_of_the_calls_and_no_other() -> None:
    result = CliRunner().invoke(app, ["doctor", "--environment", "dev", "--policy"])
    assert result.exit_code == 0, result.output
    statements = json.loads(result.output)["Statement"]
    allowed = [
        action
        for each in statements
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    ]
    assert sorted(allowed) == sorted({action_of(*each) for each in CALLS} - {""})
    assert {str(each["Resource"]) for each in statements if each["Resource"] != "*"} == {
        "arn:aws:s3:::secure-mlops-dev-*",
        "arn:aws:ssm:eu-central-1:111111111111:parameter/cdk-bootstrap/*",
    }


def test_every_call_of_the_list_is_written_somewhere() -> None:
    """Which other there is, the guard of the clients would refuse."""
    folders = ("doctor", "teardown")
    files = [path for name in folders for path in (PROJECT / "packages/mlops" / name).glob("*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in files if path.name != "reads.py")
    assert [each for each in CALLS if xform_name(each[1]) not in text] == []


def test_a_call_that_is_not_of_the_list_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    client = Reader(Aws("eu-central-1", "111111111111")).client("iam")
    with pytest.raises(RuntimeError, match="iam DeleteRole is no call of an examination"):
        client.delete_role(RoleName="x")
