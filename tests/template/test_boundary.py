"""The boundary: on every role, a ceiling that nobody can lift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.template.policies import is_allowed, is_denied

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

ROLE = "arn:aws:iam::111111111111:role/secure-mlops-dev-"
OURS = {"aws:ResourceAccount": "111111111111", "aws:PrincipalArn": f"{ROLE}training-job"}
BREAK_GLASS = {**OURS, "aws:PrincipalArn": f"{ROLE}break-glass"}
TO_SAGEMAKER = {"iam:PassedToService": "sagemaker.amazonaws.com"}


def _boundary(stacks: Stacks) -> dict[str, Any]:
    return stacks.policy("secure-mlops-dev-boundary")


def test_every_role_has_it(dev: Stacks, prod: Stacks) -> None:
    for stacks in (dev, prod):
        roles = stacks.properties("AWS::IAM::Role")
        assert len(roles) >= 12
        for role in roles:
            assert "Boundary" in str(role["PermissionsBoundary"]), role["RoleName"]


@pytest.mark.parametrize(
    "action",
    [
        *("iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePermissionsBoundary"),
        *("iam:PutRolePermissionsBoundary", "iam:UpdateAssumeRolePolicy", "sts:AssumeRole"),
        *("s3:PutBucketPolicy", "kms:PutKeyPolicy", "ec2:CreateInternetGateway"),
        *("ec2:ModifyVpcEndpoint", "lambda:UpdateFunctionCode", "ram:CreateResourceShare"),
    ],
)
def test_nobody_escalates_or_opens_a_way_out(dev: Stacks, action: str) -> None:
    for context in (OURS, BREAK_GLASS):
        assert is_denied(_boundary(dev), action, "arn:x", context)


@pytest.mark.parametrize(
    "action",
    ["iam:CreateGroup", "sagemaker:CreateCompilationJob", "sagemaker:CreateTomorrowsJob"],
)
def test_what_is_not_listed_is_impossible(dev: Stacks, action: str) -> None:
    assert not is_allowed(_boundary(dev), action, "arn:x", OURS)


def test_changes_are_for_resources_of_this_account(dev: Stacks) -> None:
    for action in ("s3:PutObject", "kms:Decrypt", "sagemaker:CreateTrainingJob"):
        assert is_allowed(_boundary(dev), action, "arn:x", OURS)
        foreign = {**OURS, "aws:ResourceAccount": "222222222222"}
        assert not is_allowed(_boundary(dev), action, "arn:x", foreign)


def test_only_jobs_roles_are_passed_and_to_sagemaker_only(dev: Stacks) -> None:
    boundary, passing = _boundary(dev), "iam:PassRole"
    assert is_allowed(boundary, passing, f"{ROLE}training-job", TO_SAGEMAKER)
    for role in ("orchestration", "break-glass", "content-delivery"):
        assert not is_allowed(boundary, passing, f"{ROLE}{role}", TO_SAGEMAKER)
    other = {"iam:PassedToService": "lambda.amazonaws.com"}
    assert not is_allowed(boundary, passing, f"{ROLE}training-job", other)


@pytest.mark.parametrize(
    "action",
    [
        *("s3:DeleteObjectVersion", "kms:ScheduleKeyDeletion", "logs:DeleteLogGroup"),
        *("ec2:DeleteFlowLogs", "cloudtrail:StopLogging"),
    ],
)
def test_only_break_glass_deletes_for_good(dev: Stacks, action: str) -> None:
    assert is_allowed(_boundary(dev), action, "arn:x", BREAK_GLASS)
    assert not is_allowed(_boundary(dev), action, "arn:x", OURS)


def test_nobody_of_ours_changes_what_the_cdk_deploys_from(dev: Stacks) -> None:
    assets = "arn:aws:s3:::cdk-hnb659fds-assets-111111111111-eu-central-1/x"
    assert is_denied(_boundary(dev), "s3:PutObject", assets, OURS)
    assert is_allowed(_boundary(dev), "s3:GetObject", assets, OURS)
