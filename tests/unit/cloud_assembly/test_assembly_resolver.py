"""Intrinsic functions, evaluated for a local deployment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from cloud_assembly import CloudAssembly
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NETWORK = {
    "Resources": {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}}},
        "Jobs": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": {"Ref": "Vpc"}}},
        "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "job", "Path": "/ml/"}},
        "Unnamed": {"Type": "AWS::IAM::Role", "Properties": {}},
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": {"Fn::Sub": "data-${AWS::AccountId}-${AWS::Region}"}},
        },
    },
    "Parameters": {"Version": {"Type": "String", "Default": "7"}, "Open": {"Type": "String"}},
    "Mappings": {"Sizes": {"dev": {"small": "ml.m5.large"}}},
    "Conditions": {"IsDev": {"Fn::Equals": [{"Ref": "Version"}, "7"]}},
    "Outputs": {
        "SubnetId": {"Value": {"Ref": "Subnet"}, "Export": {"Name": "dev-network:SubnetId"}}
    },
}


@pytest.fixture
def resolve(write_assembly: Callable[..., Path]) -> Callable[[Any], Any]:
    assembly = CloudAssembly(write_assembly(network=NETWORK, jobs={"Resources": {}}))
    network = assembly.stacks[0]
    return lambda value: assembly.resolver.resolve(value, network)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Bucket"}, "data-111122223333-eu-central-1"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "arn:aws:s3:::data-111122223333-eu-central-1"),
        ({"Fn::GetAtt": "Role.Arn"}, "arn:aws:iam::111122223333:role/ml/job"),
        ({"Ref": "Version"}, "7"),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Fn::Join": ["/", ["s3:/", {"Ref": "Bucket"}]]}, "s3://data-111122223333-eu-central-1"),
        ({"Fn::Sub": ["${A}-${!B}-${Version}", {"A": {"Ref": "Version"}}]}, "7-${B}-7"),
        ({"Fn::Select": [1, {"Fn::Split": ["-", "a-b-c"]}]}, "b"),
        ({"Fn::Select": ["0", {"Fn::GetAZs": ""}]}, "eu-central-1a"),
        ({"Fn::FindInMap": ["Sizes", "dev", "small"]}, "ml.m5.large"),
        ({"Fn::If": ["IsDev", "yes", "no"]}, "yes"),
        ({"Fn::Base64": "hi"}, "aGk="),
        ({"a": {"Fn::If": ["IsDev", {"Ref": "AWS::NoValue"}, 1]}, "b": [1, 2]}, {"b": [1, 2]}),
        ("plain ${text}", "plain ${text}"),
    ],
)
def test_functions(resolve: Callable[[Any], Any], value: Any, expected: Any) -> None:
    assert resolve(value) == expected


@pytest.mark.parametrize(
    ("reference", "shape"),
    [
        ({"Ref": "Subnet"}, r"subnet-[0-9a-f]{17}"),
        ({"Fn::GetAtt": ["Jobs", "GroupId"]}, r"sg-[0-9a-f]{17}"),
        (
            {"Fn::GetAtt": ["Key", "Arn"]},
            r"arn:aws:kms:eu-central-1:111122223333:key/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        ),
        ({"Fn::GetAtt": ["Unnamed", "Arn"]}, r"arn:aws:iam::111122223333:role/[\w-]{1,64}"),
    ],
)
def test_invented_names_have_the_shape_that_apis_ask_for(
    resolve: Callable[[Any], Any], reference: Any, shape: str
) -> None:
    first = resolve(reference)
    assert re.fullmatch(shape, first)
    assert resolve(reference) == first


def test_exports_cross_stacks(write_assembly: Callable[..., Path]) -> None:
    assembly = CloudAssembly(write_assembly(network=NETWORK, jobs={"Resources": {}}))
    network, jobs = assembly.stacks
    imported = assembly.resolver.resolve({"Fn::ImportValue": "dev-network:SubnetId"}, jobs)
    assert imported == assembly.resolver.resolve({"Ref": "Subnet"}, network)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"Ref": "Nothing"}, "no resource Nothing"),
        ({"Ref": "Open"}, "parameter Open has no default"),
        ({"Fn::ImportValue": "x"}, "imports 'x', which no stack exports"),
        ({"Fn::Transform": {}}, "Fn::Transform is not supported"),
        ({"Fn::FindInMap": ["Sizes", "dev", "huge"]}, "finds no Sizes.dev.huge"),
        ({"Fn::If": ["Missing", 1, 2]}, "no condition Missing"),
        ({"Fn::Select": [5, ["a"]]}, "Fn::Select 5"),
        ({"Fn::GetAtt": "Bucket"}, "names no attribute"),
    ],
)
def test_what_cannot_be_resolved_is_named(
    resolve: Callable[[Any], Any], value: Any, words: str
) -> None:
    with pytest.raises(MlopsError, match="stack dev-network: ") as error:
        resolve(value)
    assert words in str(error.value)
