"""The boundary: on every role, a ceiling that nobody can lift."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.template.policies import is_allowed, is_denied, size, statements

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
        assert is_denied(_boundary(dev), action, _keys(dev)[0], context)


@pytest.mark.parametrize(
    "action",
    ["iam:CreateGroup", "sagemaker:CreateCompilationJob", "sagemaker:CreateTomorrowsJob"],
)
def test_what_is_not_listed_is_impossible(dev: Stacks, action: str) -> None:
    assert not is_allowed(_boundary(dev), action, "arn:x", OURS)


def _keys(stacks: Stacks) -> list[str]:
    (kept,) = (
        each["NotResource"]
        for each in statements(_boundary(stacks))
        if each.get("Sid") == "NotElsewhere"
    )
    return [arn for arn in kept if not arn.startswith("arn:")]


HERE = "eu-central-1:111111111111"
CHANGED = {
    "s3:PutObject": "arn:aws:s3:::secure-mlops-{}-data-111111111111-eu-central-1/x",
    "sagemaker:UpdateModelPackage": f"arn:aws:sagemaker:{HERE}:model-package/secure-mlops-{{}}-x/1",
    "sagemaker:StartPipelineExecution": f"arn:aws:sagemaker:{HERE}:pipeline/secure-mlops-{{}}-x",
    "logs:PutLogEvents": f"arn:aws:logs:{HERE}:log-group:/aws/lambda/secure-mlops-{{}}-x:y",
    "sqs:SendMessage": f"arn:aws:sqs:{HERE}:secure-mlops-{{}}-champion-keeper-failed",
}


@pytest.mark.parametrize(("action", "place"), CHANGED.items())
def test_changes_are_for_this_environment_in_this_account(
    dev: Stacks, action: str, place: str
) -> None:
    boundary, ours = _boundary(dev), place.format("dev")
    assert is_allowed(boundary, action, ours, OURS)
    assert not is_allowed(boundary, action, ours, {**OURS, "aws:ResourceAccount": "222222222222"})
    assert is_denied(boundary, action, place.format("prod"), OURS)
    assert is_denied(boundary, action, "arn:x", OURS)


def test_keys_are_those_of_this_environment_one_by_one(dev: Stacks) -> None:
    assert len(_keys(dev)) == len(dev.of_type("AWS::KMS::Key")) >= 6
    for action in ("kms:Decrypt", "kms:CreateGrant", "kms:GenerateDataKey"):
        assert all(is_allowed(_boundary(dev), action, arn, OURS) for arn in _keys(dev))
        assert is_denied(_boundary(dev), action, f"arn:aws:kms:{HERE}:key/another", OURS)


def test_what_it_allows_some_role_has(dev: Stacks) -> None:
    """A ceiling above what anybody has would only hide a right that is added later."""
    granted: set[str] = set()
    ceiling: set[str] = set()
    documents = [
        (properties.get("ManagedPolicyName", ""), properties["PolicyDocument"])
        for kind in ("AWS::IAM::ManagedPolicy", "AWS::S3::BucketPolicy")
        for properties in dev.properties(kind)
    ]
    for name, document in documents:
        for entry in statements(document):
            if entry["Effect"] == "Allow":
                actions = entry["Action"]
                listed = actions if isinstance(actions, list) else [actions]
                (ceiling if name.endswith("-boundary") else granted).update(listed)
    assert granted <= ceiling
    # Nobody of ours has a trail; whoever adds one gives break-glass these two.
    assert ceiling - granted == {"cloudtrail:DeleteTrail", "cloudtrail:StopLogging"}


def test_it_fits_whatever_the_environment_is_called(dev: Stacks, prod: Stacks) -> None:
    for stacks, name in ((dev, "dev"), (prod, "prod")):
        text = json.dumps(stacks.policy(f"secure-mlops-{name}-boundary"))
        longest = text.replace(f"secure-mlops-{name}", "secure-mlops-a-longer-one")
        longest = longest.replace("eu-central-1", "ap-southeast-2")
        assert size(json.loads(longest)) <= 6144


def test_only_jobs_roles_are_passed_and_to_sagemaker_only(dev: Stacks) -> None:
    boundary, passing = _boundary(dev), "iam:PassRole"
    assert is_allowed(boundary, passing, f"{ROLE}training-job", TO_SAGEMAKER)
    for role in ("orchestration", "break-glass", "content-delivery"):
        assert not is_allowed(boundary, passing, f"{ROLE}{role}", TO_SAGEMAKER)
    other = {"iam:PassedToService": "lambda.amazonaws.com"}
    assert not is_allowed(boundary, passing, f"{ROLE}training-job", other)


@pytest.mark.parametrize(
    ("action", "place"),
    [
        ("s3:DeleteObjectVersion", CHANGED["s3:PutObject"].format("dev")),
        ("kms:ScheduleKeyDeletion", ""),
        ("logs:DeleteLogGroup", f"arn:aws:logs:{HERE}:log-group:/secure-mlops-dev/flow-logs"),
        ("ec2:DeleteFlowLogs", f"arn:aws:ec2:{HERE}:vpc-flow-log/fl-1"),
        ("cloudtrail:StopLogging", f"arn:aws:cloudtrail:{HERE}:trail/secure-mlops-dev"),
    ],
)
def test_only_break_glass_deletes_for_good(dev: Stacks, action: str, place: str) -> None:
    place = place or _keys(dev)[0]
    assert is_allowed(_boundary(dev), action, place, BREAK_GLASS)
    assert not is_allowed(_boundary(dev), action, place, OURS)


def test_nobody_of_ours_changes_what_the_cdk_deploys_from(dev: Stacks) -> None:
    assets = "arn:aws:s3:::cdk-hnb659fds-assets-111111111111-eu-central-1/x"
    assert is_denied(_boundary(dev), "s3:PutObject", assets, OURS)
    assert is_allowed(_boundary(dev), "s3:GetObject", assets, OURS)
