"""Prepared changes of resources, what becomes of their data, and what they cost."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from mlops.review.findings import Weight
from mlops.review.flatten import in_place_of
from mlops.review.naming import titles
from mlops.review.resource_changes import replaces
from tests.unit.mlops.review.conftest import texts

if TYPE_CHECKING:
    from tests.unit.mlops.review.conftest import Reviewer, Templates

    Body = dict[str, Any]

ALARM = {
    "AlarmName": "secure-mlops-dev-training-quality",
    "Threshold": 5,
    "Period": 300,
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 1,
    "MetricName": "ModelQualityMse",
    "Namespace": "secure-mlops/dev",
}
SCHEDULE = {
    "Name": "retraining",
    "GroupName": "secure-mlops-dev",
    "ScheduleExpression": "cron(0 3 ? * MON *)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {
        "Arn": "arn:aws:sagemaker:eu-central-1:111111111111:pipeline/secure-mlops-dev-training",
        "RoleArn": "arn:aws:iam::111111111111:role/secure-mlops-dev-scheduler",
    },
}


def test_nothing_changed(reviewer: Reviewer, changed: Templates) -> None:
    assert reviewer.resources(changed) == ()


def test_a_bucket_with_another_name_is_replaced_and_its_data_are_not_moved(
    reviewer: Reviewer, changed: Templates
) -> None:
    _, _, bucket = changed.find("AWS::S3::Bucket", BucketName="data-111111111111-eu-central-1")
    bucket["Properties"]["BucketName"] = "another-name"
    replaced = [each for each in reviewer.resources(changed) if "replaced" in each.text]
    reported = replaced[0].as_json()
    assert reported["text"].startswith(
        "replaced: bucket secure-mlops-dev-data-111111111111-eu-central-1 by another-name, "
        "because its bucket name is set once and for all"
    )
    assert (
        "the old one stays behind, unmanaged, with its objects: nothing is moved"
        in reported["text"]
    )
    assert (reported["weight"], reported["data_loss"]) == ("warning", True)


def test_a_bucket_that_goes_with_its_data(reviewer: Reviewer, changed: Templates) -> None:
    stack, key, bucket = changed.find(
        "AWS::S3::Bucket", BucketName="models-111111111111-eu-central-1"
    )
    bucket["DeletionPolicy"] = "Delete"
    reported = texts(reviewer.resources(changed))
    assert "goes with its stack from now on, and with it its objects" in reported
    assert stack.template["Resources"][key] is bucket


def test_a_removed_key(reviewer: Reviewer, changed: Templates) -> None:
    before = reviewer.templates()
    policy = {"Version": "2012-10-17", "Statement": []}
    before.add(
        "keys", "OldKey12345678", "AWS::KMS::Key", {"KeyPolicy": policy, "PendingWindowInDays": 7}
    )
    (finding,) = reviewer.resources(changed, before)
    assert finding.as_json()["text"] == (
        "removed: key OldKey; it is scheduled for deletion, and after 7 days all that is "
        "encrypted under it is lost"
    )
    assert finding.weight is Weight.WARNING
    (cost,) = reviewer.costs(changed, before)
    assert "keys: 6 → 5 keys, 6.00 USD → 5.00 USD a month" in cost.text or "keys: " in cost.text


@pytest.mark.parametrize(
    ("properties", "fate"),
    [
        ({"RetainOnDelete": True}, ""),
        ({}, ""),
        ({"RetainOnDelete": False}, "; the files that it delivered are deleted and lost"),
    ],
)
def test_a_removed_delivery_of_files(
    reviewer: Reviewer, changed: Templates, properties: dict[str, bool], fate: str
) -> None:
    before = reviewer.templates()
    before.add("storage", "Code12345678", "Custom::CDKBucketDeployment", properties)
    (finding,) = reviewer.resources(changed, before)
    assert finding.text == f"removed: delivery of files `Code`{fate}"
    assert finding.facts["data_loss"] is bool(fate)
    assert (finding.weight is Weight.WARNING) is bool(fate)


def test_an_endpoint_more_costs_by_hour_and_zone(reviewer: Reviewer, changed: Templates) -> None:
    stack, _, endpoint = changed.find("AWS::EC2::VPCEndpoint", ServiceName=".kms")
    new = copy.deepcopy(endpoint)
    new["Properties"]["ServiceName"] = "com.amazonaws.eu-central-1.bedrock"
    stack.template["Resources"]["Bedrock12345678"] = new
    assert texts(reviewer.resources(changed)) == "added: interface endpoint for bedrock"
    (cost,) = reviewer.costs(changed)
    assert cost.facts["quantity"][1] - cost.facts["quantity"][0] == pytest.approx(2 * 730)
    assert cost.facts["cost"][1] - cost.facts["cost"][0] == pytest.approx(2 * 730 * 0.012)


def test_an_alarms_threshold(reviewer: Reviewer, changed: Templates) -> None:
    before = reviewer.templates()
    before.add("registry", "Quality", "AWS::CloudWatch::Alarm", ALARM)
    changed.add("registry", "Quality", "AWS::CloudWatch::Alarm", {**ALARM, "Threshold": 6})
    assert texts(reviewer.resources(changed, before)) == (
        "changed: alarm secure-mlops-dev-training-quality: threshold 5 → 6"
    )


@pytest.mark.example
def test_a_schedule_tells_its_cron_and_what_the_runs_cost(
    reviewer: Reviewer, changed: Templates
) -> None:
    before = reviewer.templates()
    before.add("registry", "Retraining", "AWS::Scheduler::Schedule", SCHEDULE)
    daily = {**SCHEDULE, "ScheduleExpression": "cron(0 3 * * ? *)"}
    changed.add("registry", "Retraining", "AWS::Scheduler::Schedule", daily)
    assert texts(reviewer.resources(changed, before)) == (
        "changed: schedule retraining: schedule expression cron(0 3 ? * MON *) → cron(0 3 * * ? *)"
    )
    (cost,) = reviewer.costs(changed, before)
    assert cost.text.startswith("scheduled runs of secure-mlops-dev-training (`ml.m5.large`): ")
    assert cost.facts["quantity"][1] == pytest.approx(7 * cost.facts["quantity"][0])
    assert cost.facts["cost"][1] == pytest.approx(cost.facts["quantity"][1] * 0.138)


def test_a_renaming_that_replaces(reviewer: Reviewer, changed: Templates) -> None:
    stack, key, _ = changed.find("AWS::Logs::LogGroup")
    resources = stack.template["Resources"]
    resources[f"Renamed{key}"] = resources.pop(key)
    reported = reviewer.resources(changed)
    (moved,) = (each for each in reported if each.facts["change"] == "moved")
    assert f"has another logical id (`{key}` → `Renamed{key}`)" in moved.text
    assert "makes a new one first, and fails, since the old one has its name" in moved.text
    assert "`cdk refactor` keeps it" in moved.text
    assert moved.weight is Weight.WARNING


def test_what_refers_to_something_moved_is_no_change(
    reviewer: Reviewer, changed: Templates
) -> None:
    stack, key, _ = changed.find("AWS::EC2::SecurityGroup")
    text_before = str(stack.template).count(key)
    _rename(stack.template, key, "Renamed12345678")
    assert text_before > 2
    assert {each.facts["change"] for each in reviewer.resources(changed)} == {"moved"}


def _rename(template: Body, old: str, new: str) -> None:
    import json

    text = json.dumps(template)
    template.clear()
    template.update(json.loads(text.replace(f'"{old}"', f'"{new}"')))


def test_logs_kept_for_a_shorter_time(reviewer: Reviewer, changed: Templates) -> None:
    _, _, group = changed.find("AWS::Logs::LogGroup")
    days = group["Properties"]["RetentionInDays"]
    group["Properties"]["RetentionInDays"] = 3
    reported = texts(reviewer.resources(changed))
    assert f"what is older than 3 days is deleted, was {days}" in reported


def test_what_a_rule_of_a_bucket_deletes_is_named_by_its_prefix(
    reviewer: Reviewer, changed: Templates
) -> None:
    _, _, bucket = changed.find("AWS::S3::Bucket", BucketName="artifacts-111111111111-eu-central-1")
    rules = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    (rule,) = (each for each in rules if each.get("Prefix") == "runs/")
    days, rule["ExpirationInDays"] = rule["ExpirationInDays"], 3
    reported = texts(reviewer.resources(changed))
    assert f"what is older than 3 days below runs/ is deleted, was {days}" in reported


def test_one_tag_on_everything_is_one_line(reviewer: Reviewer, changed: Templates) -> None:
    for stack in changed.stacks:
        for body in stack.template["Resources"].values():
            for tag in body.get("Properties", {}).get("Tags", []):
                if isinstance(tag, dict) and tag.get("Key") == "owner":
                    tag["Value"] = "somebody-else"
    (finding,) = reviewer.resources(changed)
    assert "tags owner value data-science-platform → somebody-else" in finding.as_json()["text"]
    assert len(finding.facts["resources"]) > 20


def test_a_function_with_other_code(reviewer: Reviewer, changed: Templates) -> None:
    _, key, function = changed.find("AWS::Lambda::Function")
    function["Properties"]["Code"]["S3Key"] = f"{'0' * 64}.zip"
    (finding,) = reviewer.resources(changed)
    assert finding.text.startswith("changed: the code of function ")
    assert finding.facts["logical_id"] == key


@pytest.mark.parametrize(
    ("kind", "path", "sure"),
    [
        ("AWS::S3::Bucket", "BucketName", True),
        ("AWS::S3::Bucket", "VersioningConfiguration.Status", False),
        ("AWS::EC2::Subnet", "CidrBlock", True),
        ("AWS::EC2::VPCEndpoint", "PolicyDocument.Statement.0.Effect", False),
        ("AWS::SageMaker::Pipeline", "PipelineName", True),
        ("AWS::IAM::Role", "RoleName", True),
        ("Custom::Anything", "Name", False),
        ("AWS::Nothing::Known", "Name", False),
    ],
)
def test_which_properties_replace(kind: str, path: str, *, sure: bool) -> None:
    assert (replaces(kind, "eu-central-1", [path])[0] == [path]) is sure


def test_long_texts_are_shown_where_they_differ() -> None:
    reported = in_place_of("a" * 300 + "before", "a" * 300 + "after")
    assert reported.startswith("`…aaa")
    assert "before`" in reported
    assert reported.endswith("after`")


def test_several_titles_of_one_type_are_one_plural() -> None:
    assert titles(["role `a`", "role `b`", "key `c`"]) == "roles `a` and `b` and key `c`"
    several = ["interface endpoint for `sts`", "interface endpoint for `kms`"]
    assert titles(several) == "interface endpoints for `sts` and `kms`"
