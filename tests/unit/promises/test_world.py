"""What is read from templates, and what stands in for what they do not hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mlops_common.errors import MlopsError
from promises.world import World, worlds_of

if TYPE_CHECKING:
    from pathlib import Path

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}


def _world(folder: Path, resources: dict[str, Any]) -> World:
    template = folder / "team.json"
    template.write_text(json.dumps({"Resources": resources}))
    (world,) = worlds_of([template])
    return world


def _role(**properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": TRUST, **properties},
    }


def test_a_role_has_all_policies_that_are_attached_to_it(tmp_path: Path) -> None:
    managed = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": READ}}
    world = _world(
        tmp_path,
        {
            "Worker": _role(
                ManagedPolicyArns=[{"Ref": "Shared"}],
                Policies=[{"PolicyName": "inline", "PolicyDocument": READ}],
            ),
            "Shared": managed,
            "Own": {
                "Type": "AWS::IAM::Policy",
                "Properties": {"Roles": [{"Ref": "Worker"}], "PolicyDocument": READ},
            },
        },
    )
    (role,) = world.roles
    assert sorted(each.where for each in role.identity) == [
        "team/Own",
        "team/Shared",
        "team/Worker, policy inline",
    ]


def test_a_boundary_is_found_and_a_missing_one_does_not_help(tmp_path: Path) -> None:
    boundary = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": READ}}
    world = _world(
        tmp_path,
        {
            "Limited": _role(PermissionsBoundary={"Ref": "Ceiling"}),
            "Ceiling": boundary,
            "Unlimited": _role(PermissionsBoundary="arn:aws:iam::123456789012:policy/elsewhere"),
        },
    )
    limited, unlimited = world.roles
    assert limited.boundary is not None
    assert unlimited.boundary is None


def test_an_endpoint_without_a_policy_lets_everything_through(tmp_path: Path) -> None:
    world = _world(
        tmp_path,
        {
            "Registry": {
                "Type": "AWS::EC2::VPCEndpoint",
                "Properties": {
                    "ServiceName": "com.amazonaws.us-east-1.ecr.api",
                    "VpcEndpointType": "Interface",
                },
            }
        },
    )
    (endpoint,) = world.endpoints
    assert (endpoint.service, endpoint.is_gateway) == ("ecr.api", False)
    assert [each.text for each in endpoint.policy.statements[0].actions.patterns] == ["*"]


def test_a_network_of_others_is_known_by_what_is_published(tmp_path: Path) -> None:
    values = {
        "network/subnets": "subnet-a,subnet-b",
        "network/job-security-group": "sg-a",
        "network/s3-endpoint": "vpce-a",
    }
    world = _world(
        tmp_path,
        {
            f"P{number}": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Name": f"/secure-mlops/dev/{path}", "Value": value},
            }
            for number, (path, value) in enumerate(values.items())
        },
    )
    assert world.subnet_ids == ("subnet-a", "subnet-b")
    assert world.group_ids == ("sg-a",)
    assert world.s3_endpoint_ids == ("vpce-a",)


def test_several_templates_are_one_world(tmp_path: Path) -> None:
    first, second = tmp_path / "one.json", tmp_path / "two.json"
    output = {"Value": {"Ref": "Data"}, "Export": {"Name": "data-bucket"}}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "team-data"}}
    first.write_text(json.dumps({"Resources": {"Data": bucket}, "Outputs": {"Name": output}}))
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Fn::ImportValue": "data-bucket"},
            "PolicyDocument": {
                "Statement": [
                    {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
                ]
            },
        },
    }
    second.write_text(json.dumps({"Resources": {"DataPolicy": policy}}))
    (world,) = worlds_of([first, second])
    (found,) = world.buckets
    assert found.name == "team-data"
    assert [each.where for each in found.policies] == ["two/DataPolicy"]


def test_a_definition_that_is_no_json_is_one_clear_line(tmp_path: Path) -> None:
    pipeline = {
        "Type": "AWS::SageMaker::Pipeline",
        "Properties": {
            "PipelineName": "training",
            "RoleArn": "arn:aws:iam::123456789012:role/x",
            "PipelineDefinition": {"PipelineDefinitionBody": "{"},
        },
    }
    with pytest.raises(MlopsError, match="team/Training: its definition is not JSON"):
        _world(tmp_path, {"Training": pipeline})
