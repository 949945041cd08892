"""Roles and policies as templates write them, and what IAM refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.pipeline_local.cloudformation.types.resource_stack import TAGS

if TYPE_CHECKING:
    from tests.unit.pipeline_local.cloudformation.types.resource_stack import Stack

ROLE, POLICY, INLINE = "IAM::Role", "IAM::ManagedPolicy", "IAM::Policy"


def trust(service: str = "lambda.amazonaws.com") -> dict[str, Any]:
    principal = {"Service": service}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def allowing(action: str = "s3:GetObject", resource: str = "*") -> dict[str, Any]:
    statement = {"Sid": "A", "Effect": "Allow", "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_a_role_with_all_that_templates_give_it(stack: Stack) -> None:
    policies = [
        stack.create(
            POLICY, {"ManagedPolicyName": f"{stack.name}-{n}", "PolicyDocument": allowing()}
        )
        for n in range(2)
    ]
    first, second = (policy.physical_id for policy in policies)
    before = {
        "RoleName": stack.name,
        "AssumeRolePolicyDocument": trust(),
        "Description": "Training jobs",
        "MaxSessionDuration": "3600",
        "PermissionsBoundary": first,
        "ManagedPolicyArns": [first],
        "Policies": [{"PolicyName": "a", "PolicyDocument": allowing()}],
        "Tags": TAGS,
    }
    after = {
        "RoleName": stack.name,
        "AssumeRolePolicyDocument": trust("sagemaker.amazonaws.com"),
        "Description": "Other jobs",
        "MaxSessionDuration": 7200,
        "PermissionsBoundary": second,
        "ManagedPolicyArns": [second],
        "Policies": [{"PolicyName": "b", "PolicyDocument": allowing("s3:PutObject")}],
        "Tags": [{"Key": "environment", "Value": "prod"}],
    }
    del before["MaxSessionDuration"]
    role = stack.create(ROLE, before, MaxSessionDuration="3600")
    assert role.attributes["Arn"] == f"arn:aws:iam::{stack.aws.account}:role/{stack.name}"
    assert role.attributes["RoleId"]
    stack.update(ROLE, stack.name, before, after)
    assert "must detach all policies first" in stack.stays(ROLE, stack.name, {})
    stack.delete(ROLE, stack.name, after)
    for policy in policies:
        stack.delete(POLICY, policy.physical_id, {})


def test_what_a_role_loses(stack: Stack) -> None:
    policy = stack.create(POLICY, {"PolicyDocument": allowing()}).physical_id
    base = {"AssumeRolePolicyDocument": trust()}
    more = {**base, "PermissionsBoundary": policy, "ManagedPolicyArns": [policy], "Tags": TAGS}
    role = stack.create(ROLE, more).physical_id
    assert role.startswith(stack.name)
    stack.update(ROLE, role, more, base)
    read = stack.read(ROLE, role)
    assert not any(read[gone] for gone in ("PermissionsBoundary", "ManagedPolicyArns", "Tags"))
    stack.delete(ROLE, role, base)


def test_a_managed_policy_and_its_roles(stack: Stack) -> None:
    roles = [
        stack.create(ROLE, {"RoleName": f"{stack.name}-{n}", "AssumeRolePolicyDocument": trust()})
        for n in range(2)
    ]
    first, second = (role.physical_id for role in roles)
    name = {"ManagedPolicyName": stack.name, "Path": "/", "Description": "Training jobs"}
    before = {**name, "PolicyDocument": allowing(), "Roles": [first]}
    policy = stack.create(POLICY, before)
    for number in range(7):  # a policy has five versions at most
        after = {**name, "PolicyDocument": allowing(f"s3:Get{number}"), "Roles": [second]}
        stack.update(POLICY, policy.physical_id, before, after)
        before = after
    assert "attached to entities" in stack.stays(POLICY, policy.physical_id, {})
    stack.delete(POLICY, policy.physical_id, after)
    for role in roles:
        stack.delete(ROLE, role.physical_id, {})


def test_an_inline_policy_of_roles(stack: Stack) -> None:
    roles = [
        stack.create(ROLE, {"RoleName": f"{stack.name}-{n}", "AssumeRolePolicyDocument": trust()})
        for n in range(2)
    ]
    names = [role.physical_id for role in roles]
    before = {"PolicyName": "p", "PolicyDocument": allowing(), "Roles": names}
    policy = stack.create(INLINE, before).physical_id
    after = {**before, "PolicyDocument": allowing("s3:PutObject")}
    stack.update(INLINE, policy, before, after)
    stack.update(INLINE, policy, after, {**after, "Roles": names[:1]})
    stack.delete(INLINE, policy, before)


def test_an_instance_profile_keeps_its_role(stack: Stack) -> None:
    role = stack.create(ROLE, {"AssumeRolePolicyDocument": trust()}).physical_id
    before = {"InstanceProfileName": stack.name, "Path": "/", "Roles": [role]}
    profile = stack.create("IAM::InstanceProfile", before)
    assert profile.attributes["Arn"].endswith(f":instance-profile/{stack.name}")
    assert "remove roles from instance profile" in stack.stays(ROLE, role, {})
    stack.update("IAM::InstanceProfile", stack.name, before, {**before, "Roles": []})
    stack.delete("IAM::InstanceProfile", stack.name, before)


@pytest.mark.parametrize(
    ("kind", "properties", "words"),
    [
        (POLICY, {"PolicyDocument": allowing("s3:" + "a" * 6100)}, "PolicySize: 6144"),
        (ROLE, {"AssumeRolePolicyDocument": trust("a" * 2000)}, "ACLSizePerRole: 2048"),
        (POLICY, {"PolicyDocument": {"Statement": []}}, "Syntax errors in policy"),
    ],
)
def test_documents_that_iam_refuses(
    stack: Stack, kind: str, properties: dict[str, Any], words: str
) -> None:
    text = stack.refused(kind, properties)
    assert words in text
    assert "(Service: Iam, Status Code: 4" in text


def test_white_space_is_not_counted(stack: Stack) -> None:
    import json

    text = json.dumps(allowing("s3:" + "a" * 5900), indent=300)
    stack.create(POLICY, {}, PolicyDocument=text)


def test_a_role_has_ten_managed_policies_and_10240_bytes(stack: Stack) -> None:
    arns = [
        stack.create(
            POLICY, {"ManagedPolicyName": f"{stack.name}-{n}", "PolicyDocument": allowing()}
        ).physical_id
        for n in range(11)
    ]
    role = {"RoleName": stack.name, "AssumeRolePolicyDocument": trust()}
    assert "PoliciesPerRole: 10" in stack.refused(ROLE, {**role, "ManagedPolicyArns": arns})
    large = allowing("s3:" + "a" * 6000)
    inline = [{"PolicyName": each, "PolicyDocument": large} for each in "ab"]
    words = f"Maximum policy size of 10240 bytes exceeded for role {stack.name}"
    assert words in stack.refused(ROLE, {**role, "Policies": inline})
    stack.create(ROLE, role)  # nothing was left of what was refused
    assert f"Role with name {stack.name} already exists" in stack.refused(ROLE, role)
