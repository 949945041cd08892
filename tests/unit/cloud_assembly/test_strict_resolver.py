"""Values of resources known before a deployment, symbols, and refusals."""

from __future__ import annotations

from typing import Any

import pytest

from cloud_assembly.intrinsics import Resolver
from cloud_assembly.stack import Stack
from mlops_common.errors import MlopsError
from mlops_common.symbols import open_in, part_of

ACCOUNT, REGION = "111122223333", "eu-central-1"
RESOURCES: dict[str, Any] = {
    "Partner": {"Type": "AWS::IAM::User", "Properties": {"UserName": "ann", "Path": "/team/"}},
    "Group": {"Type": "AWS::IAM::Group", "Properties": {"GroupName": "staff"}},
    "Role": {"Type": "AWS::IAM::Role", "Properties": {}},
    "Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"ManagedPolicyName": "own"}},
    "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"InstanceProfileName": "p"}},
    "Oidc": {"Type": "AWS::IAM::OIDCProvider", "Properties": {"Url": "https://ci.example.com"}},
    "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
    "Replica": {"Type": "AWS::KMS::ReplicaKey", "Properties": {}},
    "Alias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/data"}},
    "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "data"}},
    "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}},
    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}},
    "Function": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "f"}},
    "Images": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "ml/train"}},
    "Files": {"Type": "AWS::EFS::FileSystem", "Properties": {}},
    "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "password"}},
    "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "runs"}},
    "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/ml"}},
    "Rule": {"Type": "AWS::Events::Rule", "Properties": {"Name": "r"}},
    "BusRule": {"Type": "AWS::Events::Rule", "Properties": {"Name": "r", "EventBusName": "bus"}},
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
    "Jobs": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": {"Ref": "Vpc"}}},
    "Zone": {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": "example.com"}},
    "Own": {"Type": "Custom::Thing", "Properties": {}},
    "Plain": {"Type": "AWS::CloudFormation::CustomResource", "Properties": {}},
    "Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {}},
    "Foreign": {"Type": "Acme::Vault::Box", "Properties": {}},
}
TEMPLATE = {
    "Resources": RESOURCES,
    "Parameters": {
        "Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/team/image"},
        "Subnets": {
            "Type": "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>",
            "Default": "/team/subnets",
        },
    },
    "Conditions": {"Chosen": {"Fn::Equals": [{"Ref": "Image"}, "this"]}},
}


def _resolve(value: Any) -> Any:
    stack = Stack("dev-ml", ACCOUNT, REGION, TEMPLATE)
    return Resolver([stack]).resolve(value, stack)


def _here(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Partner.Arn", f"arn:aws:iam::{ACCOUNT}:user/team/ann"),
        ("Group.Arn", f"arn:aws:iam::{ACCOUNT}:group/staff"),
        ("Role.Arn", f"arn:aws:iam::{ACCOUNT}:role/+dev-ml.Role+"),
        ("Policy.PolicyArn", f"arn:aws:iam::{ACCOUNT}:policy/own"),
        ("Profile.Arn", f"arn:aws:iam::{ACCOUNT}:instance-profile/p"),
        ("Oidc.Arn", f"arn:aws:iam::{ACCOUNT}:oidc-provider/ci.example.com"),
        ("Key.Arn", _here("kms", "key/+dev-ml.Key+")),
        ("Key.KeyId", "+dev-ml.Key+"),
        ("Replica.Arn", _here("kms", "key/+dev-ml.Replica+")),
        ("Bucket.Arn", "arn:aws:s3:::data"),
        ("Topic.TopicArn", _here("sns", "news")),
        ("Topic.TopicName", "news"),
        ("Queue.Arn", _here("sqs", "jobs")),
        ("Queue.QueueUrl", f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/jobs"),
        ("Function.Arn", _here("lambda", "function:f")),
        ("Images.Arn", _here("ecr", "repository/ml/train")),
        ("Files.Arn", _here("elasticfilesystem", "file-system/+dev-ml.Files+")),
        ("Secret.Id", _here("secretsmanager", "secret:password-+dev-ml.Secret.Suffix+")),
        ("Table.Arn", _here("dynamodb", "table/runs")),
        ("Logs.Arn", _here("logs", "log-group:/ml:*")),
        ("Rule.Arn", _here("events", "rule/r")),
        ("BusRule.Arn", _here("events", "rule/bus/r")),
        ("Jobs.GroupId", "+dev-ml.Jobs+"),
        ("Jobs.VpcId", "+dev-ml.Vpc+"),
        ("Vpc.CidrBlock", "10.0.0.0/16"),
        ("Vpc.DefaultSecurityGroup", "+dev-ml.Vpc.DefaultSecurityGroup+"),
    ],
)
def test_an_attribute_is_what_the_deployment_makes_it(value: str, expected: str) -> None:
    assert _resolve({"Fn::GetAtt": value}) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Partner", "ann"),
        ("Role", "+dev-ml.Role+"),
        ("Policy", f"arn:aws:iam::{ACCOUNT}:policy/own"),
        ("Key", "+dev-ml.Key+"),
        ("Alias", "alias/data"),
        ("Bucket", "data"),
        ("Topic", _here("sns", "news")),
        ("Queue", f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/jobs"),
        ("Rule", "r"),
        ("BusRule", "bus|r"),
        ("Vpc", "+dev-ml.Vpc+"),
        ("Subnets", [part_of("+dev-ml.Subnets@Value+", "List")]),
    ],
)
def test_a_reference_is_the_name_the_id_or_the_arn(name: str, expected: object) -> None:
    assert _resolve({"Ref": name}) == expected


@pytest.mark.parametrize(
    ("value", "attribute"),
    [
        ({"Fn::GetAtt": "Partner.Arn.Nothing"}, None),
        ({"Fn::GetAtt": "Zone.NameServers"}, "dev-ml/Zone.NameServers"),
        ({"Fn::GetAtt": "Own.Secret.Value"}, "dev-ml/Own.Secret.Value"),
        ({"Fn::GetAtt": "Plain.RoleArn"}, "dev-ml/Plain.RoleArn"),
        ({"Fn::GetAtt": "Inner.Outputs.Bucket"}, "dev-ml/Inner.Outputs.Bucket"),
        ({"Fn::GetAtt": "Foreign.Arn"}, "dev-ml/Foreign.Arn"),
        ({"Ref": "Own"}, "dev-ml/Own.Ref"),
        ({"Ref": "Image"}, "dev-ml/Image.Value"),
        ({"Fn::Sub": "s3://${Own.Bucket}/x"}, "dev-ml/Own.Bucket"),
        ({"Fn::Select": [3, {"Fn::Split": [":", {"Fn::GetAtt": "Own.Arn"}]}]}, "dev-ml/Own.Arn"),
        ({"Fn::Join": [",", {"Fn::GetAtt": "Zone.NameServers"}]}, "dev-ml/Zone.NameServers"),
        ({"Fn::Base64": {"Fn::GetAtt": "Own.Arn"}}, "dev-ml/Own.Arn"),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, f"dev-ml/AWS.Zone0-{REGION}"),
    ],
)
def test_what_only_a_deployment_decides_is_a_symbol_with_a_name(
    value: object, attribute: str | None
) -> None:
    if attribute is None:
        with pytest.raises(MlopsError, match="has no such attribute"):
            _resolve(value)
    else:
        assert open_in(_resolve(value)) == (attribute,)


def test_one_resource_is_one_symbol_however_it_is_named() -> None:
    ways = [{"Ref": "Role"}, {"Fn::Sub": "${Role}"}, {"Fn::Join": ["", [{"Ref": "Role"}]]}]
    assert {_resolve(each) for each in ways} == {"+dev-ml.Role+"}
    assert _resolve({"Fn::Sub": "${Role.Arn}"}).endswith("role/+dev-ml.Role+")


def test_a_name_that_could_be_mistaken_for_part_of_a_symbol_is_escaped() -> None:
    first, second = (
        Resolver([stack]).resolve({"Ref": "Role"}, stack)
        for name in ("a b.c", "a-b.c")
        for stack in [Stack(name, ACCOUNT, REGION, TEMPLATE)]
    )
    assert first != second
    assert " " not in first


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"Fn::GetAtt": "Queue.Nonsense"}, "Fn::GetAtt Queue.Nonsense: AWS::SQS::Queue has no"),
        ({"Fn::GetAtt": ["Inner", "Bucket"]}, "Inner.Bucket: AWS::CloudFormation::Stack has no"),
        ({"Fn::GetAtt": "Missing.Arn"}, "there is no resource Missing"),
        ({"Fn::If": ["Chosen", 1, 2]}, "a condition depends on dev-ml/Image.Value"),
    ],
)
def test_what_cannot_be_is_refused_by_name(value: object, words: str) -> None:
    with pytest.raises(MlopsError, match="stack dev-ml: ") as error:
        _resolve(value)
    assert words in str(error.value)


@pytest.mark.parametrize(
    "value",
    [{"Fn::If": ["x"]}, {"Fn::Join": "x"}, {"Fn::FindInMap": ["A", "B"]}, {"Fn::Sub": ["x"]}],
)
def test_a_function_of_another_form_is_refused_by_name(value: dict[str, Any]) -> None:
    (name,) = value
    with pytest.raises(MlopsError, match=f"{name} .*does not have the form"):
        _resolve(value)


def test_names_that_refer_to_each_other_are_refused() -> None:
    def named(other: str) -> dict[str, Any]:
        properties = {"BucketName": {"Fn::GetAtt": [other, "Arn"]}}
        return {"Type": "AWS::S3::Bucket", "Properties": properties}

    template = {"Resources": {"A": named("B"), "B": named("A")}}
    stack = Stack("dev-ml", ACCOUNT, REGION, template)
    with pytest.raises(MlopsError, match="refers to itself"):
        Resolver([stack]).resolve({"Ref": "A"}, stack)


@pytest.mark.parametrize("other", ["vpc-123", {"Ref": "Second"}])
def test_an_id_that_ssm_keeps_may_be_any(other: object) -> None:
    vpc = {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>", "Default": "/team/vpc"}
    template = {"Resources": {}, "Parameters": {"First": vpc, "Second": vpc}}
    stack = Stack("dev-ml", ACCOUNT, REGION, template)
    with pytest.raises(MlopsError, match="a condition depends on dev-ml/First"):
        Resolver([stack]).resolve({"Fn::Equals": [{"Ref": "First"}, other]}, stack)


@pytest.mark.parametrize("separator", ["-", "_", "L"])
def test_where_a_made_up_name_is_cut_is_not_known(separator: str) -> None:
    assert open_in(_resolve({"Fn::Select": [1, {"Fn::Split": [separator, {"Ref": "Role"}]}]}))
    arn = {"Fn::Split": [":", {"Fn::GetAtt": ["Role", "Arn"]}]}
    assert _resolve({"Fn::Select": [4, arn]}) == ACCOUNT
