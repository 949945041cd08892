"""The boundaries: on every role, a ceiling that nobody can lift."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from iam_prover.policy import Effect
from promises.world import worlds_of
from tests.template.policies import is_allowed, is_denied, size, statements

if TYPE_CHECKING:
    from pathlib import Path

    from promises.world import Role, World
    from tests.template.assembly import Stacks

ROLE = "arn:aws:iam::111111111111:role/secure-mlops-dev-"
OURS = {"aws:ResourceAccount": "111111111111", "aws:PrincipalArn": f"{ROLE}training-job"}
BREAK_GLASS = {**OURS, "aws:PrincipalArn": f"{ROLE}break-glass"}
TO_SAGEMAKER = {"iam:PassedToService": "sagemaker.amazonaws.com"}


KINDS = (
    *("runtime", "orchestration", "people", "scientist", "delivery", "promotion", "launch"),
    *("project", "break-glass"),
)
PERSONAS = {"ml-platform-administrator", "auditor"}


def _boundary(stacks: Stacks, kind: str = "runtime") -> dict[str, Any]:
    return stacks.policy(f"secure-mlops-dev-{kind}-boundary")


def _below(stacks: Stacks) -> dict[str, str]:
    """The kind of boundary that each role is under, by the role's name."""
    kinds = {}
    for role in stacks.properties("AWS::IAM::Role"):
        boundary = json.dumps(role["PermissionsBoundary"])
        (kinds[role["RoleName"].removeprefix("secure-mlops-dev-")],) = (
            kind for kind in KINDS if f"Boundaries{kind.capitalize().replace('-', '')}" in boundary
        )
    return kinds


def test_every_role_has_one_of_its_kind(dev: Stacks) -> None:
    kinds = _below(dev)
    assert len(kinds) >= 12
    assert {name for name, kind in kinds.items() if kind == "people"} == PERSONAS
    assert kinds["break-glass"] == "break-glass"
    assert kinds["training-job"] == kinds["flow-logs"] == "runtime"
    assert kinds["orchestration"] == kinds["project-orchestration"] == "orchestration"


def test_every_role_of_prod_has_one(prod: Stacks) -> None:
    for role in prod.properties("AWS::IAM::Role"):
        assert "-boundary:" in str(role["PermissionsBoundary"]), role["RoleName"]


@pytest.mark.parametrize(
    "action",
    [
        *("iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePermissionsBoundary"),
        *("iam:PutRolePermissionsBoundary", "iam:UpdateAssumeRolePolicy", "sts:AssumeRole"),
        *("s3:PutBucketPolicy", "kms:PutKeyPolicy", "ec2:CreateInternetGateway"),
        *("ec2:ModifyVpcEndpoint", "lambda:UpdateFunctionCode", "ram:CreateResourceShare"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_nobody_escalates_or_opens_a_way_out(dev: Stacks, kind: str, action: str) -> None:
    if (kind, action) == ("delivery", "sts:AssumeRole"):
        deploying = f"{ROLE.partition('secure')[0]}cdk-hnb659fds-deploy-role-{{0}}-eu-central-1"
        assert is_allowed(_boundary(dev, kind), action, deploying.format("111111111111"), OURS)
        assert not is_allowed(_boundary(dev, kind), action, f"{ROLE}orchestration", OURS)
        return
    for context in (OURS, BREAK_GLASS):
        assert is_denied(_boundary(dev, kind), action, "arn:x", context)
        assert is_denied(_boundary(dev, kind), action, _keys(dev)[0], context)


@pytest.mark.parametrize(
    "action",
    ["iam:CreateGroup", "sagemaker:CreateCompilationJob", "sagemaker:CreateTomorrowsJob"],
)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_listed_is_impossible(dev: Stacks, kind: str, action: str) -> None:
    assert not is_allowed(_boundary(dev, kind), action, "arn:x", OURS)


def test_people_do_not_make_jobs_and_jobs_do_not_read_the_set_up(dev: Stacks) -> None:
    job, reading = "sagemaker:CreateTrainingJob", "iam:GetRole"
    here = f"arn:aws:sagemaker:{HERE}:training-job/pipelines-x"
    assert is_allowed(_boundary(dev, "orchestration"), job, here, OURS)
    for kind in ("people", "runtime"):
        assert not is_allowed(_boundary(dev, kind), job, here, OURS), "nor do jobs make others"
    assert is_allowed(_boundary(dev, "people"), reading, f"{ROLE}auditor", OURS)
    assert not is_allowed(_boundary(dev), reading, f"{ROLE}auditor", OURS)


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
    "sagemaker:CreateModelPackage": f"arn:aws:sagemaker:{HERE}:model-package/secure-mlops-{{}}-x/1",
    "logs:PutLogEvents": f"arn:aws:logs:{HERE}:log-group:/aws/lambda/secure-mlops-{{}}-x:y",
    "sqs:SendMessage": f"arn:aws:sqs:{HERE}:secure-mlops-{{}}-champion-keeper-failed",
}


@pytest.mark.parametrize(("action", "place"), CHANGED.items())
def test_changes_are_for_this_environment_in_this_account(
    dev: Stacks, action: str, place: str
) -> None:
    kind = "orchestration" if action.startswith("sagemaker:") else "runtime"
    boundary, ours = _boundary(dev, kind), place.format("dev")
    assert is_allowed(boundary, action, ours, OURS)
    assert not is_allowed(boundary, action, ours, {**OURS, "aws:ResourceAccount": "222222222222"})
    assert is_denied(boundary, action, place.format("prod"), OURS)
    assert is_denied(boundary, action, "arn:x", OURS)


@pytest.mark.parametrize(
    ("action", "place"),
    [
        ("sagemaker:UpdateModelPackage", "model-package/secure-mlops-{}-x/1"),
        ("sagemaker:StartPipelineExecution", "pipeline/secure-mlops-{}-x"),
    ],
)
def test_people_change_this_environment_only(dev: Stacks, action: str, place: str) -> None:
    boundary, place = _boundary(dev, "people"), f"arn:aws:sagemaker:{HERE}:{place}"
    assert is_allowed(boundary, action, place.format("dev"), OURS)
    assert is_denied(boundary, action, place.format("prod"), OURS)


def test_keys_are_those_of_this_environment_one_by_one(dev: Stacks) -> None:
    # Jobs and functions use neither the key of events nor that of deliveries.
    assert len(_keys(dev)) == len(dev.of_type("AWS::KMS::Key")) - 2 == 6
    for action in ("kms:Decrypt", "kms:CreateGrant", "kms:GenerateDataKey"):
        assert all(is_allowed(_boundary(dev), action, arn, OURS) for arn in _keys(dev))
        assert is_denied(_boundary(dev), action, f"arn:aws:kms:{HERE}:key/another", OURS)


@pytest.fixture(scope="module")
def world(cloud_assembly: Path) -> World:
    (found,) = worlds_of([cloud_assembly / "assembly-dev"])
    return found


def _granted(role: Role, world: World) -> set[str]:
    """What a role is allowed by its own policies and by those of buckets."""
    return {
        action.text
        for policy in (
            *role.identity,
            *(each for bucket in world.buckets for each in bucket.policies),
        )
        for statement in policy.statements
        if statement.effect is Effect.ALLOW
        and (
            statement.principals is None
            or role.arn in {name.value for name in statement.principals.names}
        )
        for action in statement.actions.patterns
    }


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_allows_some_role_has(world: World, kind: str) -> None:
    """A ceiling above what anybody has would only hide a right that is added later."""
    below = [role for role in world.roles if role.boundary_arn.endswith(f"-{kind}-boundary")]
    if not below:
        pytest.skip("no role is of this kind")
    granted: set[str] = set().union(*(_granted(role, world) for role in below))
    boundary = below[0].boundary
    assert boundary is not None
    ceiling = {
        action.text
        for statement in boundary.statements
        if statement.effect is Effect.ALLOW
        for action in statement.actions.patterns
    }
    assert granted == ceiling


def test_it_fits_whatever_the_environment_is_called(dev: Stacks, prod: Stacks) -> None:
    for stacks, name in ((dev, "dev"), (prod, "prod")):
        for kind in KINDS if name == "dev" else KINDS[:3]:
            text = json.dumps(stacks.policy(f"secure-mlops-{name}-{kind}-boundary"))
            longest = text.replace(f"secure-mlops-{name}", "secure-mlops-a-longer-one")
            longest = longest.replace("eu-central-1", "ap-southeast-2")
            assert size(json.loads(longest)) <= 6144, kind


def test_only_jobs_roles_are_passed_and_to_sagemaker_only(dev: Stacks) -> None:
    boundary, passing = _boundary(dev, "orchestration"), "iam:PassRole"
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
    ],
)
def test_only_break_glass_deletes_for_good(dev: Stacks, action: str, place: str) -> None:
    place = place or _keys(dev)[0]
    assert is_allowed(_boundary(dev, "break-glass"), action, place, BREAK_GLASS)
    assert not is_allowed(_boundary(dev, "break-glass"), action, place, OURS)
    for kind in ("runtime", "people", "delivery"):
        assert not is_allowed(_boundary(dev, kind), action, place, BREAK_GLASS)


def test_nobody_of_ours_changes_what_the_cdk_deploys_from(dev: Stacks) -> None:
    assets = "arn:aws:s3:::cdk-hnb659fds-assets-111111111111-eu-central-1/x"
    assert is_denied(_boundary(dev), "s3:PutObject", assets, OURS)
    assert is_allowed(_boundary(dev), "s3:GetObject", assets, OURS)


def test_a_delivery_reads_what_the_cdk_uploaded_under_the_bootstraps_key(dev: Stacks) -> None:
    """The bucket's default is ``aws/s3``, and S3 asks KMS in the name of who reads."""
    assets = "arn:aws:s3:::cdk-hnb659fds-assets-111111111111-eu-central-1"
    key, told = f"arn:aws:kms:{HERE}:key/of-the-bootstrap", "kms:EncryptionContext:aws:s3:arn"
    for arn in (assets, f"{assets}/x.zip"):
        assert is_allowed(_boundary(dev), "kms:Decrypt", key, {**OURS, told: arn})
        for action in ("kms:GenerateDataKey", "kms:CreateGrant"):
            assert is_denied(_boundary(dev), action, key, {**OURS, told: arn})
        assert is_denied(_boundary(dev, "delivery"), "kms:Decrypt", key, {**OURS, told: arn})
    for arn in ("arn:aws:s3:::somebodys/x", f"{assets}-2/x"):
        assert is_denied(_boundary(dev), "kms:Decrypt", key, {**OURS, told: arn})
    assert is_denied(_boundary(dev), "kms:Decrypt", key, OURS)
