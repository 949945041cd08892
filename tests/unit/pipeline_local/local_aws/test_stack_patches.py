"""What moto lacks for stacks; each test fails without its patch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from pipeline_local.aws import Aws

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}],
}


def test_a_key_whose_policy_denies_under_conditions_can_be_looked_at(aws: Aws) -> None:
    denied = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "kms:DescribeKey",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [denied]}
    kms = aws.client("kms")
    key = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["KeyId"]
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"]
    assert json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]) == policy


def test_policies_that_aws_manages_can_be_attached_and_no_others(aws: Aws, name: str) -> None:
    iam = aws.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    managed = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam.attach_role_policy(RoleName=name, PolicyArn=managed)
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert attached == [{"PolicyName": "ReadOnlyAccess", "PolicyArn": managed}]
    assert iam.get_policy(PolicyArn=managed)["Policy"]["DefaultVersionId"]
    with pytest.raises(ClientError, match="does not exist or is not attachable"):
        iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicy")
