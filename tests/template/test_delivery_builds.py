"""Builds: private, each with its own rights and no more."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest

from tests.template.policies import is_allowed, resolved, statements

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

HERE = "eu-central-1:111111111111"
REPOSITORY = f"arn:aws:codecommit:{HERE}:secure-mlops"
BUCKET = "secure-mlops-dev-delivery-111111111111-eu-central-1"
PROJECTS = ("verify", "deploy-dev", "deploy-staging", "deploy-prod", "train")
OURS = {"aws:ResourceAccount": "111111111111"}


VERIFIED = "secure-mlops-dev-del/Verified/aBcDeF"
RESULTS, SOURCE = "secure-mlops-dev-del/Results/x", "secure-mlops-dev-del/Source/x"
PROMOTED = "secure-mlops-dev-inf/Results/x"
ACCESS = {  # what each build reads, and what it writes
    "build-verify": ({SOURCE}, {VERIFIED}),
    "build-deploy-prod": ({SOURCE, VERIFIED}, set()),
    "build-train": ({SOURCE}, {RESULTS}),
    "build-inference": ({SOURCE.replace("-del/", "-inf/")}, {PROMOTED}),
    "build-review": (set(), set()),
}


@pytest.mark.parametrize("build", ACCESS)
def test_a_build_reads_and_writes_the_artifacts_of_its_actions_only(
    dev: Stacks, build: str
) -> None:
    """Who writes what was verified writes what is deployed to production."""
    (policy,) = (
        each["Properties"]["PolicyDocument"]
        for name, each in dev.of_type("AWS::S3::BucketPolicy").items()
        if name.startswith("Delivery")
    )
    own = [
        each
        for each in statements(policy)
        if each["Effect"] == "Allow" and f"{build.replace('-', '')}Role" in str(each["Principal"])
    ]
    every = {key for sides in ACCESS.values() for keys in sides for key in keys}
    for action, keys in zip(("s3:GetObject", "s3:PutObject"), ACCESS[build], strict=True):
        places = [
            text.partition("/")[2]
            for each in own
            if action in _texts(each["Action"])
            for text in _texts(each["Resource"])
        ]
        assert {key for key in every if any(fnmatchcase(key, each) for each in places)} == keys


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def test_builds_are_private(dev: Stacks) -> None:
    projects = dev.properties("AWS::CodeBuild::Project")
    names = {each["Name"].removeprefix("secure-mlops-dev-") for each in projects}
    assert names == {*PROJECTS, "inference", "review"}
    for each in projects:
        environment = each["Environment"]
        assert environment["PrivilegedMode"] is False
        assert environment["Image"].startswith("aws/codebuild/")
        assert "Builds" in json.dumps(each["VpcConfig"]["SecurityGroupIds"])
        assert len(each["VpcConfig"]["Subnets"]) == 2
        assert "DeliveryKey" in json.dumps(each["EncryptionKey"])
        # CodeBuild refuses a build beyond the limit, and pull requests come as they like.
        several = each["Name"].endswith("-review")
        assert each.get("ConcurrentBuildLimit") == (None if several else 1)
        assert 0 < each["TimeoutInMinutes"] <= 240
        assert each["LogsConfig"]["CloudWatchLogs"]["GroupName"]
        assert each["Visibility"] == "PRIVATE"
    roles = [json.dumps(each["ServiceRole"]) for each in projects]
    assert len(set(roles)) == len(roles)


def test_logs_and_reports_are_encrypted(dev: Stacks) -> None:
    groups = dev.properties("AWS::Logs::LogGroup", "DeliveryIdentity")
    builds = [each for each in groups if each["LogGroupName"].startswith("/secure-mlops-dev/")]
    assert len(builds) == len(PROJECTS) + 2
    assert all(each["KmsKeyId"] and each["RetentionInDays"] for each in builds)
    reports = dev.properties("AWS::CodeBuild::ReportGroup")
    assert {each["Name"] for each in reports} == {
        f"secure-mlops-dev-{name}-tests" for name in ("verify", "review")
    }
    for each in reports:
        export = each["ExportConfig"]["S3Destination"]
        assert export["EncryptionDisabled"] is False
        assert "DeliveryKey" in json.dumps(export["EncryptionKey"])
        assert export["Bucket"] == BUCKET


def test_builds_reach_endpoints_and_s3_only(dev: Stacks) -> None:
    rules = [
        each
        for each in dev.properties("AWS::EC2::SecurityGroupEgress", "Network")
        if "Builds" in json.dumps(each["GroupId"])
    ]
    assert len(rules) == 2
    assert all((each["FromPort"], each["ToPort"]) == (443, 443) for each in rules)
    assert all("CidrIp" not in each for each in rules)


@pytest.mark.parametrize(("target", "account"), [("dev", "1"), ("staging", "2"), ("prod", "3")])
def test_a_deploying_build_takes_on_the_bootstrap_of_its_environment_only(
    dev: Stacks, target: str, account: str
) -> None:
    policy = dev.policy(f"secure-mlops-dev-build-deploy-{target}")
    (statement,) = (
        each
        for each in statements(policy)
        if "sts:AssumeRole" in json.dumps(each["Action"]) and each["Effect"] == "Allow"
    )
    number = account * 12
    assert [resolved(each) for each in statement["Resource"]] == [
        f"arn:aws:iam::{number}:role/cdk-hnb659fds-{name}-role-{number}-eu-central-1"
        for name in ("deploy", "file-publishing", "lookup")
    ]


def test_no_other_build_takes_on_a_role_or_starts_more_than_its_own(dev: Stacks) -> None:
    for name in ("verify", "train", "review", "inference"):
        text = json.dumps(dev.policy(f"secure-mlops-dev-build-{name}"))
        assert "sts:AssumeRole" not in text
        assert "codebuild:StartBuild" not in text
    training = dev.policy("secure-mlops-dev-build-train")
    start, pipeline = "sagemaker:StartPipelineExecution", f"arn:aws:sagemaker:{HERE}:pipeline/"
    assert is_allowed(training, start, f"{pipeline}secure-mlops-dev-training", OURS)
    assert not is_allowed(training, start, f"{pipeline}secure-mlops-dev-batch-inference", OURS)


def test_a_review_comments_and_changes_nothing(dev: Stacks) -> None:
    policy = dev.policy("secure-mlops-dev-build-review")
    assert is_allowed(policy, "codecommit:PostCommentForPullRequest", REPOSITORY, OURS)
    for action in ("GitPush", "MergePullRequestBySquash", "UpdatePullRequestApprovalState"):
        assert not is_allowed(policy, f"codecommit:{action}", REPOSITORY, OURS)


def _through(stacks: Stacks, service: str) -> dict[str, Any]:
    (policy,) = (
        each["PolicyDocument"]
        for each in stacks.properties("AWS::EC2::VPCEndpoint", "Network")
        if json.dumps(each["ServiceName"]).endswith(f'{service}"')
        or f'.{service}"' in json.dumps(each["ServiceName"])
    )
    document: dict[str, Any] = policy
    return document


def _bootstrap(name: str, account: str) -> str:
    return f"arn:aws:iam::{account}:role/cdk-hnb659fds-{name}-role-{account}-eu-central-1"


@pytest.mark.parametrize("account", ["111111111111", "222222222222", "333333333333"])
def test_files_are_published_by_the_role_for_it_and_where_it_belongs(
    dev: Stacks, account: str
) -> None:
    policy, put = _through(dev, "s3"), "s3:PutObject"
    bucket = f"arn:aws:s3:::cdk-hnb659fds-assets-{account}-eu-central-1/x"
    publisher = _bootstrap("file-publishing", account)
    context = {"aws:ResourceAccount": account, "aws:PrincipalAccount": account}
    assert is_allowed(policy, put, bucket, {**context, "aws:PrincipalArn": publisher})
    for other in (_bootstrap("deploy", account), _bootstrap("file-publishing", "444444444444")):
        assert not is_allowed(policy, put, bucket, {**context, "aws:PrincipalArn": other})
    elsewhere = {**context, "aws:PrincipalArn": publisher, "aws:ResourceAccount": "444444444444"}
    assert not is_allowed(policy, put, bucket, elsewhere)


def test_roles_of_other_accounts_reach_their_own_account_only(dev: Stacks) -> None:
    policy, action = _through(dev, "cloudformation"), "cloudformation:CreateChangeSet"
    deployer = {"aws:PrincipalArn": _bootstrap("deploy", "222222222222")}
    theirs = {**deployer, "aws:PrincipalAccount": "222222222222"}
    assert is_allowed(policy, action, "x", {**theirs, "aws:ResourceAccount": "222222222222"})
    for account in ("111111111111", "333333333333"):
        assert not is_allowed(policy, action, "x", {**theirs, "aws:ResourceAccount": account})


def test_only_deploying_builds_take_on_roles_of_other_accounts(dev: Stacks) -> None:
    policy, action = _through(dev, "sts"), "sts:AssumeRole"
    target = _bootstrap("deploy", "333333333333")
    context = {"aws:PrincipalAccount": "111111111111", "aws:ResourceAccount": "333333333333"}
    role = "arn:aws:iam::111111111111:role/secure-mlops-dev-build-"
    builder = {**context, "aws:PrincipalArn": f"{role}deploy-prod"}
    assert is_allowed(policy, action, target, builder)
    assert not is_allowed(policy, action, "arn:aws:iam::333333333333:role/admin", builder)
    other = {**context, "aws:PrincipalArn": f"{role}review"}
    assert not is_allowed(policy, action, target, other)
