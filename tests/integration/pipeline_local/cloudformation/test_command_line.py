"""A small app deployed, changed and taken away by the real command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.pipeline_local.cloudformation.command_line import Cdk, write_app

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT = "210987654321"
CODE = """
import json, urllib.request

def handler(event, context):
    asked = event["ResourceProperties"]["Value"]
    answer = {
        "Status": "FAILED" if asked == "bad" else "SUCCESS",
        "Reason": "that is a bad value",
        "PhysicalResourceId": "made",
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": {"Twice": 2 * asked, "Request": event["RequestType"]},
    }
    if asked == "none":
        raise RuntimeError("no answer to this")
    urllib.request.urlopen(urllib.request.Request(
        event["ResponseURL"], json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT"
    ))
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"},
        }
    ],
}


def _parameter(name: str, value: Any) -> dict[str, Any]:
    properties = {"Name": f"/small/{name}", "Type": "String", "Value": value}
    return {"Type": "AWS::SSM::Parameter", "Properties": properties}


def _templates(value: str) -> dict[str, Any]:
    role = {"Fn::GetAtt": ["Role", "Arn"]}
    functions = {
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
            "Function": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "FunctionName": "small-maker",
                    "Code": {"ZipFile": CODE},
                    "Handler": "index.handler",
                    "Role": role,
                    "Runtime": "python3.13",
                },
            },
        },
        "Outputs": {
            "Maker": {"Value": {"Fn::GetAtt": ["Function", "Arn"]}, "Export": {"Name": "maker"}}
        },
    }
    maker = {"Fn::ImportValue": "maker"}
    made = {"Type": "Custom::Doubled", "Properties": {"ServiceToken": maker, "Value": value}}
    uses = {
        "Resources": {
            "Made": made,
            "Twice": _parameter("twice", {"Fn::GetAtt": ["Made", "Twice"]}),
            "Plain": _parameter("plain", value),
        }
    }
    return {"functions": functions, "uses": uses}


@pytest.mark.slow  # beside `test_small_environment`: custom resources
def test_a_small_app_from_its_creation_to_its_end(server_state: Path, tmp_path: Path) -> None:
    cdk = Cdk(server_state, ACCOUNT, tmp_path)
    ssm, cloudformation = cdk.aws().client("ssm"), cdk.aws().client("cloudformation")
    app = tmp_path / "app"

    def value(name: str) -> str:
        return str(ssm.get_parameter(Name=f"/small/{name}")["Parameter"]["Value"])

    def status(stack: str) -> str:
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        return str(found["StackStatus"])

    # A first deployment that fails in its second stack, and is repeated.
    said = cdk.deploy(write_app(app, ACCOUNT, _templates("bad")), code=1)
    assert "that is a bad value" in said
    assert (status("functions"), status("uses")) == ("CREATE_COMPLETE", "ROLLBACK_COMPLETE")
    cdk.deploy(write_app(app, ACCOUNT, _templates("ab")))
    assert (value("twice"), value("plain")) == ("abab", "ab")

    assert "Number of stacks with differences: 0" in cdk.run("diff", "--app", str(app))
    said = cdk.run("diff", "--app", str(write_app(app, ACCOUNT, _templates("cd"))))
    assert "Number of stacks with differences: 1" in said
    changed = [line for line in said.splitlines() if "[~]" in line and "::" in line]
    assert [line.split()[1:3] for line in changed] == [
        ["Custom::Doubled", "Made"],
        ["AWS::SSM::Parameter", "Plain"],
    ]
    cdk.deploy(app)
    assert (value("twice"), value("plain")) == ("cdcd", "cd")

    # An update that fails leaves everything as it was.
    said = cdk.deploy(write_app(app, ACCOUNT, _templates("none")), code=1)
    assert "did not receive a response" in said
    assert "no answer to this" in said
    assert status("uses") == "UPDATE_ROLLBACK_COMPLETE"
    assert (value("twice"), value("plain")) == ("cdcd", "cd")

    cdk.run("destroy", "--app", str(app), "--all", "--force")
    assert cloudformation.describe_stacks()["Stacks"] == []
    with pytest.raises(ClientError, match="ParameterNotFound"):
        value("plain")


def test_what_is_no_operation_is_refused_by_name(server_state: Path, tmp_path: Path) -> None:
    client = Cdk(server_state, ACCOUNT, tmp_path).aws().client("cloudformation")
    with pytest.raises(ClientError, match="DescribeType is not supported by the local AWS"):
        client.describe_type(Type="RESOURCE", TypeName="AWS::SQS::Queue")
    with pytest.raises(ClientError) as missing:
        client.describe_stacks(StackName="no-such-stack")
    error = missing.value.response["Error"]
    assert error["Code"] == "ValidationError"
    assert error["Message"] == "Stack with id no-such-stack does not exist"


def test_a_template_of_more_than_a_request_takes_comes_from_a_bucket(
    server_state: Path, tmp_path: Path
) -> None:
    aws = Cdk(server_state, ACCOUNT, tmp_path).aws()
    client, s3 = aws.client("cloudformation"), aws.client("s3")
    template = {"Resources": {f"P{n}": _parameter(f"long/{n}", "x" * 600) for n in range(90)}}
    body = json.dumps(template)
    assert len(body) > 51_200
    with pytest.raises(ClientError, match="less than or equal to 51200"):
        client.create_stack(StackName="long", TemplateBody=body)
    where = {"CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}}
    s3.create_bucket(Bucket="templates-210987654321", **where)
    s3.put_object(Bucket="templates-210987654321", Key="a/long.json", Body=body.encode())
    for number, url in enumerate(
        (
            "https://s3.eu-central-1.amazonaws.com/templates-210987654321/a/long.json",
            "https://templates-210987654321.s3.eu-central-1.amazonaws.com/a/long.json",
            f"{aws.endpoint_url}/templates-210987654321/a/long.json",
        )
    ):
        summary = client.get_template_summary(TemplateURL=url)
        assert summary["ResourceTypes"] == ["AWS::SSM::Parameter"], number
    client.create_stack(StackName="long", TemplateURL=url)
    client.get_waiter("stack_create_complete").wait(StackName="long", WaiterConfig={"Delay": 1})
    pages = client.get_paginator("list_stack_resources").paginate(StackName="long")
    assert sum(len(page["StackResourceSummaries"]) for page in pages) == 90
    client.delete_stack(StackName="long")
    client.get_waiter("stack_delete_complete").wait(StackName="long", WaiterConfig={"Delay": 1})
