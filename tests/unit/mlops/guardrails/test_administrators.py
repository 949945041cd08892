"""What an administrator of a member account is refused, by the prover and by the evaluator."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from iam_prover import (
    ARBITRARY,
    CallerPattern,
    Impossible,
    PoliciesInForce,
    Policy,
    PolicyKind,
    Possible,
    Question,
    Request,
    RequestPattern,
    any_session,
    decide,
    parse_policy,
    role,
    root,
)
from iam_prover.encoding.prover import ProverHere
from iam_prover.question import exactly
from iam_prover.request import ALWAYS_SET
from mlops.guardrails.table import table
from tests.unit.mlops.guardrails.conftest import ACCOUNT

_ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:role/Administrator"
_VPC = f"arn:aws:ec2:eu-central-1:{ACCOUNT}:vpc/vpc-1"
_KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/one"
_DEPLOYER = f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-eu-central-1"
_JOB = f"arn:aws:iam::{ACCOUNT}:role/secure-mlops-prod-training-job"
_FOUNDER = f"arn:aws:iam::{ACCOUNT}:role/stacksets-exec-0123456789abcdef"
_BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/secure-mlops-prod-boundary"
_BUCKET = "arn:aws:s3:::secure-mlops-prod-data-111111111111-eu-central-1"
_STACK = f"arn:aws:cloudformation:eu-central-1:{ACCOUNT}:stack/secure-mlops-prod-network/1"
_HOME = {"aws:RequestedRegion": ("eu-central-1",)}
# By the statement that refuses: the action, the resource, and the keys of the request.
_REFUSED: dict[str, tuple[tuple[str, str, dict[str, tuple[str, ...]]], ...]] = {
    "ServicesInUse": (
        ("ram:CreateResourceShare", "*", _HOME),
        ("lightsail:CreateInstances", "*", _HOME),
        ("apprunner:CreateService", "*", _HOME),
        ("cloudshell:CreateEnvironment", "*", _HOME),
        ("codestar-connections:CreateConnection", "*", _HOME),
        ("transfer:CreateServer", "*", _HOME),
        ("datasync:CreateTask", "*", _HOME),
        ("dms:CreateReplicationInstance", "*", _HOME),
        ("workspaces:CreateWorkspaces", "*", _HOME),
    ),
    "RegionsInUse": (
        ("ec2:CreateVolume", "*", {"aws:RequestedRegion": ("us-west-2",)}),
        ("lambda:CreateFunction", "*", {"aws:RequestedRegion": ("us-east-1",)}),
        ("s3:CreateBucket", "arn:aws:s3:::elsewhere", {"aws:RequestedRegion": ("eu-west-1",)}),
    ),
    "NoWayOut": (
        ("ec2:CreateInternetGateway", "*", _HOME),
        ("events:CreateApiDestination", "*", _HOME),
        ("events:CreateConnection", "*", _HOME),
        ("logs:CreateExportTask", "*", _HOME),
        ("ec2:AttachInternetGateway", _VPC, _HOME),
        ("ec2:CreateNatGateway", "*", _HOME),
        ("ec2:CreateEgressOnlyInternetGateway", "*", _HOME),
        ("ec2:AllocateAddress", "*", _HOME),
        ("ec2:AssociateAddress", "*", _HOME),
        ("ec2:CreateVpcPeeringConnection", _VPC, _HOME),
        ("ec2:AcceptVpcPeeringConnection", _VPC, _HOME),
        ("ec2:CreateTransitGatewayVpcAttachment", "*", _HOME),
        ("ec2:CreateVpnGateway", "*", _HOME),
        ("ec2:CreateClientVpnEndpoint", "*", _HOME),
        ("ec2:CreateDefaultVpc", "*", _HOME),
        ("ec2:RunInstances", "*", _HOME),
        ("ec2:CreateTrafficMirrorSession", "*", _HOME),
        ("ec2:CreateVpcBlockPublicAccessExclusion", "*", _HOME),
        ("lambda:CreateFunctionUrlConfig", "*", _HOME),
    ),
    "NoOtherIdentities": (
        ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/eve", {}),
        ("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/eve", {}),
        ("iam:CreateLoginProfile", f"arn:aws:iam::{ACCOUNT}:user/eve", {}),
        ("iam:CreateOpenIDConnectProvider", "*", {}),
        ("iam:UpdateSAMLProvider", "*", {}),
        ("sts:GetFederationToken", "*", _HOME),
    ),
    "StayInTheOrganization": (
        ("organizations:LeaveOrganization", "*", {}),
        ("account:CloseAccount", "*", {}),
    ),
    "RolesOfThePlatform": (
        ("iam:CreateRole", f"{_JOB}-2", {}),
        ("iam:AttachRolePolicy", _DEPLOYER, {}),
        ("iam:PutRolePolicy", _JOB, {}),
        ("iam:UpdateAssumeRolePolicy", _DEPLOYER, {}),
        ("iam:UpdateAssumeRolePolicy", _FOUNDER, {}),
        ("iam:DeleteRolePermissionsBoundary", _JOB, {}),
    ),
    "PoliciesOfThePlatform": (
        ("iam:CreatePolicyVersion", _BOUNDARY, {}),
        ("iam:SetDefaultPolicyVersion", _BOUNDARY, {}),
    ),
    "PassRolesOfThePlatform": (("iam:PassRole", _DEPLOYER, {}), ("iam:PassRole", _JOB, {})),
    "BecomeADeployer": (("sts:AssumeRole", _DEPLOYER, {}), ("sts:TagSession", _DEPLOYER, {})),
    "StacksByDeployments": (
        ("cloudformation:UpdateStack", _STACK, _HOME),
        ("cloudformation:ExecuteChangeSet", _STACK, _HOME),
        ("cloudformation:DeleteStack", _STACK, _HOME),
    ),
    "CodeOfThePlatform": (
        ("codebuild:StartBuild", "*", _HOME),
        ("codebuild:RetryBuild", "*", _HOME),
        ("codeartifact:PublishPackageVersion", "*", _HOME),
    ),
    "AssetsOfDeployments": (
        ("s3:PutObject", "arn:aws:s3:::cdk-hnb659fds-assets-111111111111-eu-central-1/a", _HOME),
    ),
    "ComputeInTheNetwork": (
        ("sagemaker:CreateTrainingJob", "*", {**_HOME, "sagemaker:VpcSubnets": ()}),
        ("sagemaker:CreateProcessingJob", "*", {**_HOME, "sagemaker:VpcSubnets": ()}),
        ("sagemaker:CreateModel", "*", {**_HOME, "sagemaker:VpcSubnets": ()}),
    ),
    "DomainsInTheNetwork": (
        (
            "sagemaker:CreateDomain",
            "*",
            {**_HOME, "sagemaker:AppNetworkAccessType": ("PublicInternetOnly",)},
        ),
    ),
    "NotebooksInTheNetwork": (
        ("sagemaker:CreateNotebookInstance", "*", {"sagemaker:DirectInternetAccess": ()}),
    ),
    "ComputeWithoutNetworkKey": (
        ("sagemaker:CreateAutoMLJobV2", "*", _HOME),
        ("sagemaker:CreateCompilationJob", "*", _HOME),
        ("sagemaker:CreateLabelingJob", "*", _HOME),
    ),
    "SharedBySageMaker": (("sagemaker:PutModelPackageGroupPolicy", "*", _HOME),),
    "NothingIsShared": (
        ("ec2:ModifySnapshotAttribute", "*", _HOME),
        ("ec2:ModifyImageAttribute", "*", _HOME),
        ("lambda:AddPermission", "*", _HOME),
        ("logs:PutSubscriptionFilter", "*", _HOME),
        ("events:PutPermission", "*", _HOME),
        ("sns:Subscribe", "*", _HOME),
        ("ecr:SetRepositoryPolicy", "*", _HOME),
        ("servicecatalog:CreatePortfolioShare", "*", _HOME),
        ("redshift:AuthorizeDataShare", "*", _HOME),
        ("guardduty:InviteMembers", "*", _HOME),
        ("guardduty:AcceptAdministratorInvitation", "*", _HOME),
        ("securityhub:CreateMembers", "*", _HOME),
    ),
    "GrantsForAws": (("kms:CreateGrant", _KEY, {**_HOME, "kms:GrantIsForAWSResource": ()}),),
    "ThePerimeter": (
        ("s3:PutBucketPolicy", _BUCKET, _HOME),
        ("s3:DeleteBucketPolicy", _BUCKET, _HOME),
        ("s3:PutBucketPublicAccessBlock", _BUCKET, _HOME),
        ("s3:PutReplicationConfiguration", _BUCKET, _HOME),
        ("s3:DeleteObjectVersion", f"{_BUCKET}/model", _HOME),
        ("ec2:CreateRoute", "*", _HOME),
        ("ec2:AuthorizeSecurityGroupEgress", "*", _HOME),
        ("ec2:ModifyVpcEndpoint", "*", _HOME),
        ("ec2:DeleteVpcEndpoints", "*", _HOME),
        ("ec2:ModifyVpcBlockPublicAccessOptions", "*", _HOME),
        ("route53resolver:UpdateFirewallConfig", "*", {}),
        ("kms:PutKeyPolicy", _KEY, _HOME),
        ("kms:ScheduleKeyDeletion", _KEY, _HOME),
        ("cloudtrail:StopLogging", "*", _HOME),
        ("logs:DeleteLogGroup", "*", _HOME),
        ("lambda:UpdateFunctionCode", "*", _HOME),
        ("codebuild:UpdateProject", "*", _HOME),
        ("ec2:RejectVpcPeeringConnection", "*", _HOME),
        ("ecr:GetDownloadUrlForLayer", "*", _HOME),
        ("ssm:GetDeployablePatchSnapshotForInstance", "*", _HOME),
    ),
}
_ALL = [(sid, *each) for sid, rows in _REFUSED.items() for each in rows]


def _under(scps: list[dict[str, Any]], *, without: str = "") -> PoliciesInForce:
    """Return the policies of an account in which anybody may have any rights."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    denies = [each for policy in scps for each in policy["Statement"] if without != each["Sid"]]
    held: Policy = parse_policy(
        {"Version": "2012-10-17", "Statement": [everything, *denies]}, PolicyKind.BOUNDARY, "SCPs"
    )
    return PoliciesInForce(ARBITRARY, held)


def _pattern(
    caller: CallerPattern, action: str, resource: str, context: dict[str, tuple[str, ...]]
) -> RequestPattern:
    return RequestPattern((caller,), (action,), resource, context=context)


def test_there_are_sixty_and_every_statement_has_one() -> None:
    assert len(_ALL) >= 60
    without = {"NoRoot"}  # below
    assert {*_REFUSED, *without} == {each.sid for each in table().scps}
    assert max(Counter(each[1:3] for each in _ALL).values()) == 1


def test_an_administrator_is_refused_whatever_else_a_request_has(
    scps: list[dict[str, Any]],
) -> None:
    prover, policies = ProverHere(10.0), _under(scps)
    caller = any_session(_ADMINISTRATOR)
    for _, action, resource, context in _ALL:
        question = Question(policies, _pattern(caller, action, resource, context))
        assert isinstance(prover.ask(question), Impossible), action
        given = {**ALWAYS_SET, **{key: each for key, each in context.items() if each}}
        decision = decide(Request(role(_ADMINISTRATOR), action, resource, given), policies)
        assert not decision.allowed, action


@pytest.mark.parametrize("sid", _REFUSED)
def test_without_its_statement_something_passes(scps: list[dict[str, Any]], sid: str) -> None:
    prover, policies = ProverHere(10.0), _under(scps, without=sid)
    assert any(
        isinstance(prover.ask(Question(policies, _pattern(any_session(arn), *row))), Possible)
        for arn in (_ADMINISTRATOR, _DEPLOYER)  # who is not held to the services in use
        for row in _REFUSED[sid]
    )


def test_the_root_user_is_refused_everything_but_the_look_at_a_key(
    scps: list[dict[str, Any]],
) -> None:
    prover, caller = ProverHere(10.0), exactly(root(ACCOUNT))
    for action in ("s3:GetObject", "iam:CreateRole", "kms:PutKeyPolicy", "sts:AssumeRole"):
        question = Question(_under(scps), RequestPattern((caller,), (action,)))
        assert isinstance(prover.ask(question), Impossible), action
    free = Question(_under(scps, without="NoRoot"), RequestPattern((caller,), ("s3:GetObject",)))
    assert isinstance(prover.ask(free), Possible)


@pytest.mark.parametrize(
    ("arn", "action", "resource", "may"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/Operator", "sts:AssumeRole", _DEPLOYER, True),
        (_DEPLOYER, "ec2:CreateVpcEndpoint", "*", True),
        (_DEPLOYER, "ec2:CreateInternetGateway", "*", False),
        (_DEPLOYER, "iam:CreateAccessKey", "*", False),
        (f"arn:aws:iam::{ACCOUNT}:role/secure-mlops-dev-break-glass", "kms:DisableKey", _KEY, True),
        (_JOB, "iam:PutRolePolicy", _JOB, False),
        (_ADMINISTRATOR, "sagemaker:DescribeModel", "*", True),
        # A path, or another account's name, makes no role one of the platform.
        (f"arn:aws:iam::{ACCOUNT}:role/a/cdk-x", "ec2:CreateVpcEndpoint", "*", False),
        (f"arn:aws:iam::{ACCOUNT}:role/xsecure-mlops-dev-a", "kms:DisableKey", _KEY, False),
    ],
)
def test_who_is_exempt_is_so_from_what_the_accounts_hold(
    scps: list[dict[str, Any]], arn: str, action: str, resource: str, may: bool
) -> None:
    request = Request(role(arn), action, resource, {**ALWAYS_SET, **_HOME})
    assert decide(request, _under(scps)).allowed is may
