"""Faults that CloudFormation or a service stops, each with AWS's words."""

from __future__ import annotations

import json
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from pipeline_local.aws import Aws
from pipeline_local.local_aws import keeper
from tests.integration.pipeline_local.cloudformation.command_line import REGION

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT = "210987650001"
STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
ENDPOINT = {
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}],
    "Version": "2012-10-17",
}


@pytest.fixture(scope="module")
def aws(server_state: Path) -> Aws:
    return Aws(REGION, ACCOUNT, keeper.ensure_server(server_state))


def _resource(kind: str, *, kept: bool = False, **properties: Any) -> dict[str, Any]:
    policies = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"} if kept else {}
    return {"Type": kind, "Properties": properties, **policies}


def _deploy(aws: Aws, name: str, **resources: Any) -> str:
    """Create a stack; return its status."""
    client = aws.client("cloudformation")
    body = json.dumps({"Resources": resources})
    client.create_stack(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
    waiter = client.get_waiter("stack_create_complete")
    with suppress(WaiterError):
        waiter.wait(StackName=name, WaiterConfig={"Delay": 1})
    return str(client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])


def _reasons(aws: Aws, name: str) -> str:
    events = aws.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
    return "\n".join(each.get("ResourceStatusReason", "") for each in events)


def _policy(statements: int) -> dict[str, Any]:
    named = [{**STATEMENT, "Sid": f"Statement{n}"} for n in range(statements)]
    return {"Version": "2012-10-17", "Statement": named}


def _trust() -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "lambda.amazonaws.com"},
            }
        ],
    }


def _network(**endpoint: Any) -> dict[str, Any]:
    return {
        "Vpc": _resource("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"),
        "Fault": _resource("AWS::EC2::VPCEndpoint", VpcId={"Ref": "Vpc"}, **endpoint),
    }


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "a managed policy that is too long": (
        {"Fault": _resource("AWS::IAM::ManagedPolicy", PolicyDocument=_policy(100))},
        "Cannot exceed quota for PolicySize: 6144",
    ),
    "a policy on an endpoint whose service takes none": (
        _network(
            ServiceName="com.amazonaws.eu-central-1.email-smtp",
            VpcEndpointType="Interface",
            PolicyDocument=ENDPOINT,
        ),
        "only supports the full-access endpoint policy",
    ),
    "an eleventh managed policy of a role": (
        {
            **{
                f"P{n}": _resource("AWS::IAM::ManagedPolicy", PolicyDocument=_policy(1))
                for n in range(11)
            },
            "Fault": _resource(
                "AWS::IAM::Role",
                AssumeRolePolicyDocument=_trust(),
                ManagedPolicyArns=[{"Ref": f"P{n}"} for n in range(11)],
            ),
        },
        "Cannot exceed quota for PoliciesPerRole: 10",
    ),
    "code that is not in its bucket": (
        {
            "Role": _resource("AWS::IAM::Role", AssumeRolePolicyDocument=_trust()),
            "Fault": _resource(
                "AWS::Lambda::Function",
                Role={"Fn::GetAtt": ["Role", "Arn"]},
                Code={"S3Bucket": "no-such-bucket-210987650001", "S3Key": "code.zip"},
                Handler="index.handler",
                Runtime="python3.13",
            ),
        },
        "Error occurred while GetObject. S3 Error Code: ",
    ),
    "an address range outside of its network": (
        {
            "Vpc": _resource("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"),
            "Fault": _resource("AWS::EC2::Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.9.0.0/24"),
        },
        "The CIDR '10.9.0.0/24' is invalid.",
    ),
    "an import of what no stack exports": (
        {
            "Fault": _resource(
                "AWS::SSM::Parameter",
                Name="/fault",
                Type="String",
                Value={"Fn::ImportValue": "nobody:Exports"},
            )
        },
        "No export named nobody:Exports found. Rollback requested by user.",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_stops_the_stack_and_leaves_nothing(aws: Aws, fault: str) -> None:
    resources, words = FAULTS[fault]
    name = f"fault-{uuid.uuid4().hex[:8]}"
    assert _deploy(aws, name, **resources) == "ROLLBACK_COMPLETE"
    assert words in _reasons(aws, name)
    listed = aws.client("cloudformation").list_stack_resources(StackName=name)
    left = {each["ResourceStatus"] for each in listed["StackResourceSummaries"]}
    assert left <= {"DELETE_COMPLETE"}


def test_a_retained_name_that_exists_stops_the_next_stack(aws: Aws) -> None:
    bucket = _resource("AWS::S3::Bucket", kept=True, BucketName="kept-210987650001")
    assert _deploy(aws, "first-kept", Bucket=bucket) == "CREATE_COMPLETE"
    client = aws.client("cloudformation")
    client.delete_stack(StackName="first-kept")
    client.get_waiter("stack_delete_complete").wait(
        StackName="first-kept", WaiterConfig={"Delay": 1}
    )
    assert _deploy(aws, "second-kept", Bucket=bucket) == "ROLLBACK_COMPLETE"
    assert "already exists" in _reasons(aws, "second-kept")


def test_a_bucket_with_objects_is_not_deleted(aws: Aws) -> None:
    bucket = _resource("AWS::S3::Bucket", BucketName="full-210987650001")
    assert _deploy(aws, "full", Bucket=bucket) == "CREATE_COMPLETE"
    aws.client("s3").put_object(Bucket="full-210987650001", Key="a", Body=b"1")
    client = aws.client("cloudformation")
    client.delete_stack(StackName="full")
    with pytest.raises(WaiterError):
        client.get_waiter("stack_delete_complete").wait(StackName="full", WaiterConfig={"Delay": 1})
    (stack,) = client.describe_stacks(StackName="full")["Stacks"]
    assert stack["StackStatus"] == "DELETE_FAILED"
    assert "The bucket you tried to delete is not empty" in _reasons(aws, "full")
    client.delete_stack(StackName="full", RetainResources=["Bucket"])
    client.get_waiter("stack_delete_complete").wait(StackName="full", WaiterConfig={"Delay": 1})


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        (_resource("AWS::RDS::DBCluster"), "no type of resource AWS::RDS::DBCluster (Fault)"),
        (_resource("AWS::No::Such"), "Unrecognized resource types: [AWS::No::Such]"),
        (
            _resource("AWS::SQS::Queue", NoSuchProperty=1),
            "would drop property NoSuchProperty of AWS::SQS::Queue (Fault)",
        ),
    ],
)
def test_what_cannot_be_carried_out_is_refused_by_name(
    aws: Aws, resource: dict[str, Any], words: str
) -> None:
    with pytest.raises(ClientError) as refused:
        _deploy(aws, "refused", Fault=resource)
    assert words in str(refused.value)
