"""Personas: who becomes one, what each may do, and what only one may."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.template.policies import is_allowed, is_denied, resolved, statements

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

PERSONAS = ("data-scientist", "ml-platform-administrator", "auditor", "break-glass")
ROOT = {"principal": "arn:aws:iam::111111111111:root"}
SAGEMAKER = "arn:aws:sagemaker:eu-central-1:111111111111:"
PIPELINE = f"{SAGEMAKER}pipeline/secure-mlops-dev-training"
PACKAGE = f"{SAGEMAKER}model-package/secure-mlops-dev-abalone-age/1"
APPROVE = ("sagemaker:UpdateModelPackage", PACKAGE)
APPROVED = {"sagemaker:ModelApprovalStatus": "Approved"}


def _role(stacks: Stacks, name: str) -> dict[str, Any]:
    (role,) = (
        role
        for role in stacks.properties("AWS::IAM::Role")
        if role["RoleName"] == f"secure-mlops-dev-{name}"
    )
    return role


def _rights(stacks: Stacks, name: str) -> dict[str, Any]:
    """All policies that a persona has: its own and those attached to it."""
    attached = str(resolved(_role(stacks, name).get("ManagedPolicyArns", [])))
    documents = [stacks.policy(f"secure-mlops-dev-{name}")]
    documents += [
        entry["Properties"]["PolicyDocument"]
        for logical_id, entry in stacks.of_type("AWS::IAM::ManagedPolicy", "Identity").items()
        if f"Ref': '{logical_id}'" in attached
        or f"Ref': '{logical_id}'" in str(_role(stacks, name).get("ManagedPolicyArns", []))
    ]
    return {"Statement": [entry for document in documents for entry in document["Statement"]]}


@pytest.mark.parametrize("name", PERSONAS)
def test_a_person_needs_a_second_factor(dev: Stacks, name: str) -> None:
    trust = _role(dev, name)["AssumeRolePolicyDocument"]
    (statement,) = statements(trust)
    assert statement["Principal"]["AWS"] == "arn:aws:iam::111111111111:root"
    assert statement["Action"] == "sts:AssumeRole"
    assert statement["Condition"] == {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


CAN = [
    ("data-scientist", "sagemaker:StartPipelineExecution", PIPELINE, {}),
    ("data-scientist", "sagemaker:StopPipelineExecution", f"{PIPELINE}/execution/1", {}),
    ("data-scientist", "sagemaker:DescribeModelPackage", PACKAGE, {}),
    ("ml-platform-administrator", *APPROVE, APPROVED),
    ("ml-platform-administrator", *APPROVE, {"sagemaker:ModelApprovalStatus": "Rejected"}),
    ("ml-platform-administrator", "sagemaker:StartPipelineExecution", PIPELINE, {}),
    (
        "ml-platform-administrator",
        "sqs:ReceiveMessage",
        "arn:aws:sqs:eu-central-1:111111111111:secure-mlops-dev-champion-keeper-failed",
        {},
    ),
    ("auditor", "kms:GetKeyPolicy", "arn:k", {}),
    ("auditor", "iam:GetPolicyVersion", "arn:p", {}),
    (
        "auditor",
        "s3:GetBucketPolicy",
        "arn:aws:s3:::secure-mlops-dev-data-111111111111-eu-central-1",
        {},
    ),
]
CANNOT = [
    ("data-scientist", *APPROVE, APPROVED),
    ("data-scientist", "sagemaker:StartPipelineExecution", f"{SAGEMAKER}pipeline/other", {}),
    ("data-scientist", "sagemaker:CreateTrainingJob", f"{SAGEMAKER}training-job/x", {}),
    ("data-scientist", "iam:PassRole", "arn:aws:iam::111111111111:role/any", {}),
    ("ml-platform-administrator", *APPROVE, {}),
    ("ml-platform-administrator", "kms:ScheduleKeyDeletion", "arn:k", {}),
    ("ml-platform-administrator", "sagemaker:UpdatePipeline", PIPELINE, {}),
    ("auditor", "s3:GetObject", "arn:aws:s3:::x/y", {}),
    ("auditor", "kms:Decrypt", "arn:k", {}),
    ("auditor", "logs:GetLogEvents", "arn:l", {}),
    ("auditor", "sagemaker:StartPipelineExecution", PIPELINE, {}),
    ("auditor", *APPROVE, APPROVED),
    ("break-glass", "s3:GetObject", "arn:aws:s3:::x/y", {}),
    ("break-glass", "kms:PutKeyPolicy", "arn:k", {}),
    ("break-glass", "kms:Decrypt", "arn:k", {}),
]


@pytest.mark.parametrize("row", CAN, ids=lambda row: f"{row[0]}-{row[1]}-{row[2]}"[-70:])
def test_a_persona_does_its_work(dev: Stacks, row: tuple[str, str, str, dict[str, str]]) -> None:
    name, action, resource, context = row
    assert is_allowed(_rights(dev, name), action, resource, context)


@pytest.mark.parametrize("row", CANNOT, ids=lambda row: f"{row[0]}-{row[1]}-{row[2]}"[-70:])
def test_a_persona_does_no_more(dev: Stacks, row: tuple[str, str, str, dict[str, str]]) -> None:
    name, action, resource, context = row
    assert not is_allowed(_rights(dev, name), action, resource, context)


RUNBOOK = Path(__file__).parents[2] / "docs/operations.md"
# The runbook itself says that these take somebody else.
OF_OTHERS = {
    *("cloudtrail:LookupEvents", "ec2:DescribeNetworkInterfaces", "kms:RotateKeyOnDemand"),
    *("logs:StartQuery", "logs:GetQueryResults"),
}
HERE = "eu-central-1:111111111111"
ABOUT = {
    "logs": f"arn:aws:logs:{HERE}:log-group:/aws/lambda/secure-mlops-dev-push-filter",
    "sagemaker": f"{PIPELINE}/execution/1",
    "sqs": f"arn:aws:sqs:{HERE}:secure-mlops-dev-schedules-failed",
}
# What the links of messages and the words of the runbook lead to.
LOOKED_AT = {
    "cloudwatch:DescribeAlarmHistory": "*",
    "cloudwatch:DescribeAlarms": "*",
    "cloudwatch:GetDashboard": "*",
    "cloudwatch:GetMetricData": "*",
    "logs:DescribeLogStreams": f"arn:aws:logs:{HERE}:log-group:/aws/sagemaker/ProcessingJobs",
    "logs:FilterLogEvents": f"arn:aws:logs:{HERE}:log-group:/aws/sagemaker/ProcessingJobs",
    "logs:GetLogEvents": f"arn:aws:logs:{HERE}:log-group:/secure-mlops-dev/builds/x:log-stream:y",
}


def test_an_administrator_may_do_what_the_runbook_asks_for(dev: Stacks) -> None:
    called = re.findall(r"\baws ([a-z]+) ([a-z-]+)", RUNBOOK.read_text(encoding="utf-8"))
    assert len(called) >= 8
    asked = LOOKED_AT | {
        action: ABOUT.get(service, "*")
        for service, verb in called
        if (action := f"{service}:{''.join(map(str.capitalize, verb.split('-')))}") not in OF_OTHERS
    }
    rights = _rights(dev, "ml-platform-administrator")
    boundary = dev.policy("secure-mlops-dev-people-boundary")
    ours = {"aws:ResourceAccount": "111111111111"}
    refused = {
        (action, resource)
        for action, resource in asked.items()
        for policy in (rights, boundary)
        if not is_allowed(policy, action, resource, ours)
    }
    assert refused == set()


def test_an_auditor_is_refused_content_whoever_grants_it(dev: Stacks) -> None:
    for action in ("s3:GetObject", "s3:GetObjectVersion", "kms:Decrypt", "logs:FilterLogEvents"):
        assert is_denied(_rights(dev, "auditor"), action, "arn:x", {})


def test_those_who_run_sagemaker_have_every_guard(dev: Stacks) -> None:
    for name in ("orchestration", "data-scientist", "ml-platform-administrator"):
        attached = str(_role(dev, name)["ManagedPolicyArns"])
        for guard in ("Network", "Isolation", "Storage", "Instance", "Offer"):
            assert f"{guard}Guard" in attached, name


def test_only_break_glass_ends_keys_and_records(dev: Stacks) -> None:
    for policy in dev.properties("AWS::IAM::ManagedPolicy", "Identity"):
        ends = any(
            is_allowed(policy["PolicyDocument"], action, "*", {})
            or action in str(policy["PolicyDocument"])
            for action in ("kms:ScheduleKeyDeletion", "logs:DeleteLogGroup", "ec2:DeleteFlowLogs")
        )
        assert ends == (policy["ManagedPolicyName"] == "secure-mlops-dev-break-glass")


def test_break_glass_lasts_an_hour(dev: Stacks) -> None:
    assert _role(dev, "break-glass")["MaxSessionDuration"] == 3600


def test_only_break_glass_ends_versions(dev: Stacks) -> None:
    for logical_id, bucket in dev.of_type("AWS::S3::BucketPolicy").items():
        policy = bucket["Properties"]["PolicyDocument"]
        (refusal,) = (
            entry
            for entry in statements(policy)
            if entry.get("Sid", "") == "NobodyElseEndsVersions"
        )
        (place,) = (each.replace("*", "x") for each in refusal["Resource"] if "*" in each)
        endpoint = next(
            entry["Condition"]["StringNotEquals"]["aws:SourceVpce"]
            for entry in statements(policy)
            if entry.get("Sid") == "OnlyThroughOurEndpoint"
        )
        role = refusal["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
        assert "breakglass" in role, logical_id
        inside = {"aws:SourceVpce": endpoint}
        ours = {**inside, "aws:PrincipalArn": role, "principal": role}
        action = "s3:DeleteObjectVersion"
        assert is_allowed(policy, action, place, ours)
        assert not is_allowed(policy, action, place, {"aws:PrincipalArn": role, "principal": role})
        assert is_denied(policy, action, place, inside)
        assert is_denied(policy, action, place, {**inside, "aws:PrincipalArn": "arn:other"})


def test_administrators_handle_the_dead_letters_of_every_queue(dev: Stacks) -> None:
    policy = dev.policy("secure-mlops-dev-ml-platform-administrator")
    for stack in dev.templates:
        for queue in dev.properties("AWS::SQS::Queue", stack):
            arn = f"arn:aws:sqs:eu-central-1:111111111111:{queue['QueueName']}"
            assert is_allowed(policy, "sqs:ReceiveMessage", arn, {}), arn


def test_administrators_pause_what_starts_by_itself(dev: Stacks) -> None:
    policy = dev.policy("secure-mlops-dev-ml-platform-administrator")
    here = "eu-central-1:111111111111"
    schedule = f"arn:aws:scheduler:{here}:schedule/secure-mlops-dev/retraining"
    rule = f"arn:aws:events:{here}:rule/secure-mlops-dev-retraining-on-data"
    alert = f"arn:aws:events:{here}:rule/secure-mlops-dev-step-failed"
    assert is_allowed(policy, "scheduler:UpdateSchedule", schedule, {})
    assert not is_allowed(policy, "scheduler:UpdateSchedule", f"{schedule}-x", {})
    assert is_allowed(policy, "events:DisableRule", rule, {})
    assert not is_allowed(policy, "events:DisableRule", alert, {})
    role = "arn:aws:iam::111111111111:role/secure-mlops-dev-scheduler"
    to = {"iam:PassedToService": "scheduler.amazonaws.com"}
    assert is_allowed(policy, "iam:PassRole", role, to)
    assert not is_allowed(policy, "iam:PassRole", role, {"iam:PassedToService": "x"})
