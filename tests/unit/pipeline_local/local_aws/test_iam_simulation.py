"""IAM's policy simulator in the local AWS: a role's managed policies and its boundary decide."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.aws import Aws
from pipeline_local.local_aws import keeper

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "executing"
# Of AWS: its text is no policy's of the account.
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


@pytest.fixture(scope="module")
def iam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    state = tmp_path_factory.mktemp("account")
    address = keeper.ensure_server(state)
    yield Aws("eu-central-1", "111111111111", address).client("iam")
    keeper.stop_server(state)


def _allowing(*actions: str) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _decisions(iam: Any, arn: str, *actions: str) -> dict[str, str]:
    found = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=list(actions))
    return {each["EvalActionName"]: each["EvalDecision"] for each in found["EvaluationResults"]}


def test_a_role_may_what_its_managed_policies_and_its_boundary_allow(iam: Any) -> None:
    asked = ("kms:CreateKey", "sns:Publish", "sqs:SendMessage", "s3:GetObject")
    boundary = iam.create_policy(
        PolicyName="boundary", PolicyDocument=_allowing("kms:*", "sqs:*", "s3:*")
    )["Policy"]["Arn"]
    managed = iam.create_policy(
        PolicyName="managed", PolicyDocument=_allowing("kms:CreateKey", "sns:Publish")
    )["Policy"]["Arn"]
    role = iam.create_role(
        RoleName=NAME, AssumeRolePolicyDocument="{}", PermissionsBoundary=boundary
    )["Role"]["Arn"]
    for arn in (managed, READ_ONLY):
        iam.attach_role_policy(RoleName=NAME, PolicyArn=arn)
    assert _decisions(iam, role, *asked) == {
        "kms:CreateKey": "allowed",
        "sns:Publish": "implicitDeny",  # not in the boundary
        "sqs:SendMessage": "implicitDeny",  # in the boundary only
        "s3:GetObject": "allowed",
    }
    # What counts is each policy's default version, not its first or latest.
    text = _allowing("sqs:SendMessage")
    iam.create_policy_version(PolicyArn=managed, PolicyDocument=text, SetAsDefault=True)
    iam.create_policy_version(PolicyArn=managed, PolicyDocument=_allowing("sns:*"))
    iam.create_policy_version(
        PolicyArn=boundary, PolicyDocument=_allowing("sqs:*"), SetAsDefault=True
    )
    allowed = {name for name, each in _decisions(iam, role, *asked).items() if each == "allowed"}
    assert allowed == {"sqs:SendMessage"}
