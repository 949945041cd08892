from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.cloudformation.resource_type import ResourceError
from pipeline_local.cloudformation.types.lambda_functions import TYPES

if TYPE_CHECKING:
    from tests.integration.pipeline_local.cloudformation.types.conftest import Place

FUNCTION, LAYER, PERMISSION = TYPES
TAGS = [{"Key": "environment", "Value": "dev"}, {"Key": "owner", "Value": "platform"}]
CODE = {"S3Bucket": "assets", "S3Key": "first.zip"}


@pytest.fixture(scope="module")
def function(place: Place) -> dict[str, Any]:
    """The properties of one of our functions."""
    ec2 = place.aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/25")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    place.bucket("assets")
    place.archive("assets", "first.zip", handler="def handle(event, context): return event")
    place.archive("assets", "second.zip", handler="def handle(event, context): return 2")
    queue = place.aws.client("sqs").create_queue(QueueName="letters")["QueueUrl"].split("/")[-1]
    return {
        "Architectures": ["arm64"],
        "Code": CODE,
        "DeadLetterConfig": {"TargetArn": f"arn:aws:sqs:eu-central-1:111111111111:{queue}"},
        "Description": "Keeps the champion",
        "Environment": {"Variables": {"ENVIRONMENT": "dev"}},
        "FunctionName": "keeper",
        "Handler": "handler.handle",
        "KmsKeyArn": "arn:aws:kms:eu-central-1:111111111111:key/0",
        "LoggingConfig": {"LogGroup": "/functions/keeper"},
        "MemorySize": "512",
        "ReservedConcurrentExecutions": 2,
        "Role": place.role("runner", "lambda"),
        "Runtime": "python3.13",
        "Tags": TAGS,
        "Timeout": 60,
        "VpcConfig": {"SecurityGroupIds": [group], "SubnetIds": [subnet]},
    }


def test_a_function(place: Place, function: dict[str, Any]) -> None:
    changes = {
        "Code": {**CODE, "S3Key": "second.zip"},
        "DeadLetterConfig": None,
        "Description": None,
        "Environment": {"Variables": {"ENVIRONMENT": "test"}},
        "LoggingConfig": {"LogGroup": "/functions/other", "LogFormat": "JSON"},
        "ReservedConcurrentExecutions": None,
        "Tags": [{"Key": "owner", "Value": "other"}],
        "Timeout": 120,
        "VpcConfig": None,
    }
    made = place.live(FUNCTION, function, changes, unread=("Code",))
    assert made.physical_id == "keeper"
    assert made.attributes == {"Arn": "arn:aws:lambda:eu-central-1:111111111111:function:keeper"}


def test_a_changed_code_is_another(place: Place, function: dict[str, Any]) -> None:
    context, client = place.context(), place.aws.client("lambda")
    FUNCTION.create(context, function)
    before = client.get_function_configuration(FunctionName="keeper")
    after = {**function, "Code": {**CODE, "S3Key": "second.zip"}, "Architectures": ["x86_64"]}
    FUNCTION.update(context, "keeper", function, after)
    changed = client.get_function_configuration(FunctionName="keeper")
    assert changed["CodeSha256"] != before["CodeSha256"]
    assert changed["Architectures"] == ["x86_64"]
    assert before["VpcConfig"]["VpcId"].startswith("vpc-")
    with pytest.raises(ResourceError, match="Function already exist: keeper"):
        FUNCTION.create(context, function)
    FUNCTION.delete(context, "keeper", function)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Code": {**CODE, "S3Key": "none.zip"}}, "S3 Error Code: NoSuchKey"),
        ({"Code": {**CODE, "S3Bucket": "none"}}, "S3 Error Code: NoSuchBucket"),
        ({"Role": "arn:aws:iam::111111111111:role/none"}, "cannot be assumed by Lambda"),
        ({"Role": "builder"}, "cannot be assumed by Lambda"),
        ({"ReservedConcurrentExecutions": 901}, "below its minimum value of"),
        ({"Layers": ["arn:aws:lambda:eu-central-1:111111111111:layer:none:1"]}, "LayerVersion"),
        ({"VpcConfig": {"SubnetIds": ["subnet-0"], "SecurityGroupIds": []}}, "InvalidSubnetID"),
    ],
)
def test_a_refused_function_leaves_nothing(
    place: Place, function: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    if change.get("Role") == "builder":
        change = {"Role": place.role("builder", "codebuild")}
    before = place.aws.client("lambda").list_functions()["Functions"]
    with pytest.raises(ResourceError, match=message):
        FUNCTION.create(place.context(), {**function, **change})
    assert place.aws.client("lambda").list_functions()["Functions"] == before


def test_a_layer_is_versioned(place: Place, function: dict[str, Any]) -> None:
    layer = {"Content": CODE, "Description": "/opt/tool", "LayerName": "tool"}
    context = place.context()
    made = LAYER.create(context, layer)
    assert made.physical_id == "arn:aws:lambda:eu-central-1:111111111111:layer:tool:1"
    FUNCTION.create(context, {**function, "Layers": [made.physical_id]})
    assert FUNCTION.read(context, "keeper")["Layers"] == [made.physical_id]
    FUNCTION.delete(context, "keeper", function)
    second = place.live(LAYER, layer, {}, unread=("Content",))
    assert second.physical_id.endswith(":layer:tool:2")


def test_a_permission(place: Place, function: dict[str, Any]) -> None:
    context = place.context()
    arn = FUNCTION.create(context, function).attributes["Arn"]
    permission = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": arn,
        "Principal": "events.amazonaws.com",
        "SourceArn": "arn:aws:events:eu-central-1:111111111111:rule/r",
    }
    PERMISSION.create(context, permission)
    with pytest.raises(ResourceError, match="provided already exists"):
        PERMISSION.create(context, permission)
    PERMISSION.delete(context, f"{arn}|{context.generated_name}", permission)
    place.live(PERMISSION, permission, {})
    FUNCTION.delete(context, "keeper", function)
