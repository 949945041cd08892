"""Stacks made by change sets, as the CDK makes them; they fail without the patches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline_local.aws import Aws


def _change(aws: Aws, name: str, template: dict[str, Any]) -> None:
    client = aws.client("cloudformation")
    names = {"StackName": name, "ChangeSetName": "cdk-deploy-change-set"}
    body = json.dumps(template)
    client.create_change_set(**names, ChangeSetType="CREATE", TemplateBody=body)
    client.execute_change_set(**names)


def test_a_stack_of_a_change_set_exports_and_another_imports(aws: Aws) -> None:
    export = {"Name": "first:Name"}
    parameter = {"Type": "String", "Value": "1", "Tags": {"owner": "x"}}
    resource = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/first", **parameter}}
    outputs = {"Name": {"Value": {"Ref": "Parameter"}, "Export": export}}
    _change(aws, "first", {"Resources": {"Parameter": resource}, "Outputs": outputs})
    imported = {
        "QueueName": "second",
        "Tags": [{"Key": "of", "Value": {"Fn::ImportValue": "first:Name"}}],
    }
    _change(
        aws, "second", {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": imported}}}
    )
    tags = aws.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId="/first")
    assert tags["TagList"] == [{"Key": "owner", "Value": "x"}]
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName="second")["QueueUrl"]
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"of": "/first"}
    stacks = aws.client("cloudformation").describe_stacks(StackName="first")["Stacks"]
    assert stacks[0]["Outputs"][0]["ExportName"] == "first:Name"


def test_a_key_of_a_stack_can_be_looked_at(aws: Aws) -> None:
    denied = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "kms:DescribeKey",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [denied]}
    properties = {"KeyPolicy": policy, "Tags": [{"Key": "owner", "Value": "x"}]}
    _change(
        aws, "keys", {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": properties}}}
    )
    kms = aws.client("kms")
    (key,) = (each["KeyId"] for each in kms.list_keys()["Keys"])
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"]
    assert json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]) == policy
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "owner", "TagValue": "x"}]


def test_a_bus_of_a_stack_has_its_name(aws: Aws) -> None:
    bus = {"Type": "AWS::Events::EventBus", "Properties": {"Name": "announcements"}}
    _change(aws, "buses", {"Resources": {"Bus": bus}})
    cloudformation = aws.client("cloudformation")
    (listed,) = cloudformation.list_stack_resources(StackName="buses")["StackResourceSummaries"]
    assert listed["PhysicalResourceId"] == "announcements"
