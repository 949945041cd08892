from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.aws.address import read_address
from pipeline_local.aws.control import ask
from pipeline_local.cloudformation.resource_type import ResourceError
from pipeline_local.cloudformation.types import lambda_functions
from pipeline_local.cloudformation.types.events import TYPES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.pipeline_local.cloudformation.types.conftest import Place

RULE, BUS = TYPES
FUNCTION, _, PERMISSION = lambda_functions.TYPES
QUEUE = "arn:aws:sqs:eu-central-1:111111111111:letters"
PATTERN = {
    "source": ["aws.sagemaker"],
    "detail-type": ["SageMaker Model Package State Change"],
    "detail": {
        "ModelPackageGroupName": [{"prefix": "small-"}],
        "ModelApprovalStatus": ["Approved"],
    },
}
PEOPLE: dict[str, Any] = {
    "Arn": "arn:aws:sns:eu-central-1:111111111111:people",
    "DeadLetterConfig": {"Arn": QUEUE},
    "Id": "People",
    "InputTransformer": {"InputPathsMap": {"run": "$.detail.run"}, "InputTemplate": '"<run>"'},
    "RetryPolicy": {"MaximumEventAgeInSeconds": "3600", "MaximumRetryAttempts": 5},
}
PIPELINE: dict[str, Any] = {
    "Arn": "arn:aws:sagemaker:eu-central-1:111111111111:pipeline/training",
    "Id": "Pipeline",
    "RoleArn": "arn:aws:iam::111111111111:role/starter",
    "SageMakerPipelineParameters": {
        "PipelineParameterList": [{"Name": "InputData", "Value": "s3://data"}]
    },
}
CODE = """
import json, os

def handle(event, context):
    with open({seen!r}, "w") as file:
        json.dump([event, os.environ["WHO"]], file)
"""
BUS_POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "NoOtherAccount",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "events:*",
            "Resource": "arn:aws:events:eu-central-1:111111111111:event-bus/announcements",
            "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}},
        }
    ],
}
TAGS = [{"Key": "environment", "Value": "dev"}, {"Key": "owner", "Value": "platform"}]
OTHER_TAGS = [{"Key": "environment", "Value": "test"}]


def _rule(**changes: Any) -> dict[str, Any]:
    rule = {
        "Description": "An approved model",
        "EventPattern": PATTERN,
        "Name": "approved",
        "State": "ENABLED",
        "Tags": TAGS,
        "Targets": [PEOPLE, PIPELINE],
    }
    return {**rule, **changes}


def _bus(**changes: Any) -> dict[str, Any]:
    bus = {
        "DeadLetterConfig": {"Arn": QUEUE},
        "Description": "What pipelines announce",
        "KmsKeyIdentifier": "arn:aws:kms:eu-central-1:111111111111:key/0",
        "Name": "announcements",
        "Policy": BUS_POLICY,
        "Tags": TAGS,
    }
    return {**bus, **changes}


def test_a_rule(place: Place) -> None:
    changes = {
        "Description": None,
        "EventPattern": {"source": ["aws.s3"]},
        "State": "DISABLED",
        "Tags": OTHER_TAGS,
        "Targets": [{**PEOPLE, "Arn": f"{PEOPLE['Arn']}-2"}],
    }
    made = place.live(RULE, _rule(), changes)
    assert made.physical_id == "approved"
    assert made.attributes["Arn"] == "arn:aws:events:eu-central-1:111111111111:rule/approved"


def test_a_bus(place: Place) -> None:
    statement = {**BUS_POLICY["Statement"][0], "Sid": "Other"}
    changes = {
        "DeadLetterConfig": None,
        "Description": "Other",
        "Policy": {**BUS_POLICY, "Statement": [statement]},
        "Tags": OTHER_TAGS,
    }
    made = place.live(BUS, _bus(), changes)
    assert made.attributes["Name"] == "announcements"


def test_a_rule_of_a_bus_keeps_it(place: Place) -> None:
    context = place.context()
    BUS.create(context, _bus())
    rule = _rule(EventBusName="announcements")
    made = RULE.create(context, rule)
    assert made.physical_id == "announcements|approved"
    with pytest.raises(ResourceError, match="can't be deleted since it has rules"):
        BUS.delete(context, "announcements", _bus())
    with pytest.raises(ResourceError, match="announcements already exists"):
        BUS.create(context, _bus())
    RULE.delete(context, made.physical_id, rule)
    BUS.delete(context, "announcements", _bus())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"EventBusName": "none"}, "Event bus none does not exist"),
        ({"EventPattern": {"source": "aws.s3"}}, "Event pattern is not valid"),
        ({"EventPattern": {"source": [{"like": "a"}]}}, "Event pattern is not valid.*like"),
        ({"EventPattern": None, "ScheduleExpression": "cron(0 25)"}, "ScheduleExpression"),
        ({"EventPattern": None}, "EventPattern or ScheduleExpression must be specified"),
        ({"Targets": [{"Id": "A", "Arn": "nowhere"}]}, "is not valid. Reason: Provided Arn"),
    ],
)
def test_a_refused_rule_leaves_nothing(place: Place, change: dict[str, Any], message: str) -> None:
    rule = {key: value for key, value in _rule(**change).items() if value is not None}
    with pytest.raises(ResourceError, match=message):
        RULE.create(place.context(), rule)
    assert place.aws.client("events").list_rules()["Rules"] == []


def test_an_event_runs_the_code_of_a_rules_function(place: Place, tmp_path: Path) -> None:
    seen = tmp_path / "seen.json"
    code = CODE.format(seen=str(seen))
    place.bucket("code")
    place.archive("code", "f.zip", handler=code)
    context, sagemaker = place.context("Approved"), place.aws.client("sagemaker")
    made = FUNCTION.create(
        context,
        {
            "Code": {"S3Bucket": "code", "S3Key": "f.zip"},
            "Environment": {"Variables": {"WHO": "keeper"}},
            "Handler": "handler.handle",
            "Role": place.role("keeper", "lambda"),
            "Runtime": "python3.13",
        },
    )
    function = made.attributes["Arn"]
    rule = RULE.create(context, _rule(Targets=[{"Id": "Target", "Arn": function}]))
    sagemaker.create_model_package_group(ModelPackageGroupName="small-model")

    def approve() -> None:
        version = sagemaker.create_model_package(ModelPackageGroupName="small-model")
        arn = version["ModelPackageArn"]
        sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")

    approve()
    assert not seen.exists()  # nobody allowed the rule to invoke it
    source = {"Principal": "events.amazonaws.com", "SourceArn": rule.attributes["Arn"]}
    invoke = {"Action": "lambda:InvokeFunction", "FunctionName": function}
    PERMISSION.create(replace(context, generated_name="allowed"), {**invoke, **source})
    approve()
    event, who = json.loads(seen.read_text())
    assert event["detail"]["ModelApprovalStatus"] == "Approved"
    assert who == "keeper"
    address = read_address(place.state)
    assert address is not None
    assert function in (ask(address, "functions") or {})
    assert (ask(address, "status") or {})["rules"] == ["approved"]
    answer = place.aws.client("lambda").invoke(FunctionName=function, Payload=b"1")
    assert json.loads(answer["Payload"].read()) is None
    assert json.loads(seen.read_text()) == [1, "keeper"]


def test_a_whole_policy_replaces_the_former(place: Place) -> None:
    client = place.aws.client("events")
    client.create_event_bus(Name="shared")
    bus = "arn:aws:events:eu-central-1:111111111111:event-bus/shared"
    for account in ("222222222222", "333333333333"):
        principal = {"AWS": f"arn:aws:iam::{account}:root"}
        statement = {
            "Effect": "Allow",
            "Principal": principal,
            "Action": "events:PutEvents",
            "Resource": bus,
        }
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        client.put_permission(EventBusName="shared", Policy=json.dumps(policy))
    (kept,) = json.loads(client.describe_event_bus(Name="shared")["Policy"])["Statement"]
    assert kept["Principal"] == principal
    client.delete_event_bus(Name="shared")
