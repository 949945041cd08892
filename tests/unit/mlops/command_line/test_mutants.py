"""`mlops mutants`, on templates small enough to seed every fault at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from mlops.command_line.main import app
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from pathlib import Path

ALLOW: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
    "Action": "sqs:SendMessage",
    "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
}
DENY: dict[str, Any] = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sqs:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def assembly(folder: Path, *statements: dict[str, Any]) -> str:
    document = {"Version": "2012-10-17", "Statement": statements}
    policy = {"Queues": [{"Ref": "Queue"}], "PolicyDocument": document}
    resources = {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}},
        "Policy": {"Type": "AWS::SQS::QueuePolicy", "Properties": policy},
    }
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111111111111/eu-central-1",
        "properties": {"templateFile": "orders.template.json"},
    }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"orders": stack}}))
    (folder / "orders.template.json").write_text(json.dumps({"Resources": resources}))
    return str(folder)


def test_every_fault_is_caught_or_harmless(tmp_path: Path) -> None:
    command = ["mutants", assembly(tmp_path, ALLOW, DENY), "--most", "1", "--json"]
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    facts = json.loads(result.output)
    assert result.exit_code == 0
    assert facts["survived"] == 0
    fates = {each["kind"]: (each["fate"], each["promise"]) for each in facts["faults"]}
    assert fates["drop a Deny statement"] == ("caught", 3)
    assert fates["drop an Allow statement"] == ("harmless", None)


def test_templates_that_break_a_promise_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MlopsError, match="promise 3 does not hold before any fault is seeded"):
        CliRunner().invoke(app, ["mutants", assembly(tmp_path, ALLOW)], catch_exceptions=False)
