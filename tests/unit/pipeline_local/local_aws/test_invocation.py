"""Invocations of a registered function, whose own calls are answered meanwhile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from pipeline_local.aws import Aws, FunctionTarget

if TYPE_CHECKING:
    from pathlib import Path

CODE = """
import boto3

def handle(event, context):
    if event["fail"]:
        raise ValueError("it is not approved")
    return boto3.client("sts").get_caller_identity()["Account"]
"""


@pytest.fixture
def name(aws: Aws, tmp_path: Path) -> str:
    (tmp_path / "handler.py").write_text(CODE)
    name = f"asked-{tmp_path.name}"
    arn = f"arn:aws:lambda:{aws.region}:{aws.account}:function:{name}"
    assert aws.register_function(arn, FunctionTarget(tmp_path, "handler.handle", name=name))
    return name


def test_a_function_answers_and_works_as_its_account(aws: Aws, name: str) -> None:
    answer = aws.client("lambda").invoke(FunctionName=name, Payload=b'{"fail": false}')
    assert json.loads(answer["Payload"].read()) == aws.account
    assert "FunctionError" not in answer


def test_a_failure_is_reported_as_by_lambda(aws: Aws, name: str) -> None:
    answer = aws.client("lambda").invoke(FunctionName=name, Payload=b'{"fail": true}')
    assert answer["FunctionError"] == "Unhandled"
    told = json.loads(answer["Payload"].read())
    assert told == {"errorType": "ValueError", "errorMessage": "it is not approved"}


def test_an_unregistered_function_does_not_exist(aws: Aws) -> None:
    with pytest.raises(ClientError, match="ResourceNotFound"):
        aws.client("lambda").invoke(FunctionName="nobody", Payload=b"{}")
