"""Batch inference: functions that do one thing each, and tables over what the jobs write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.template.policies import is_allowed

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

HERE = "eu-central-1:111111111111"
BUS = f"arn:aws:events:{HERE}:event-bus/secure-mlops-dev"
PACKAGE = f"arn:aws:sagemaker:{HERE}:model-package/secure-mlops-dev-abalone-age/3"
SOURCE = {"events:source": ["secure-mlops"]}
NAMESPACE = {"cloudwatch:namespace": "secure-mlops/dev"}
RIGHTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "model-chooser": ("sagemaker:DescribeModelPackage", PACKAGE, {}),
    "metrics-publisher": ("cloudwatch:PutMetricData", "*", NAMESPACE),
    "batch-announcer": ("events:PutEvents", BUS, SOURCE),
}


@pytest.mark.parametrize("name", RIGHTS)
def test_a_function_does_its_one_thing_and_not_the_others(dev: Stacks, name: str) -> None:
    policy = dev.policy(f"secure-mlops-dev-{name}")
    for owner, (action, resource, context) in RIGHTS.items():
        assert is_allowed(policy, action, resource, context) is (owner == name), owner
    assert not is_allowed(policy, "s3:GetObject", "arn:aws:s3:::x/y", {})


def test_metrics_go_to_this_environments_namespace_only(dev: Stacks) -> None:
    policy = dev.policy("secure-mlops-dev-metrics-publisher")
    for context in ({"cloudwatch:namespace": "secure-mlops/prod"}, {}):
        assert not is_allowed(policy, "cloudwatch:PutMetricData", "*", context)


def test_pipelines_call_these_functions_and_no_other(dev: Stacks) -> None:
    policy = dev.policy("secure-mlops-dev-orchestration")
    function = f"arn:aws:lambda:{HERE}:function:secure-mlops-dev-"
    for name in RIGHTS:
        assert is_allowed(policy, "lambda:InvokeFunction", f"{function}{name}", {})
    assert not is_allowed(policy, "lambda:InvokeFunction", f"{function}champion-keeper", {})


def test_estimates_have_prices(dev: Stacks) -> None:
    (variables,) = (
        each["Environment"]["Variables"]
        for each in dev.properties("AWS::Lambda::Function", "Batch")
        if each["FunctionName"] == "secure-mlops-dev-metrics-publisher"
    )
    assert set(json.loads(variables["PRICES_PER_HOUR"])) == {"ml.m5.large", "ml.m5.xlarge"}


def test_tables_compute_their_partitions(dev: Stacks) -> None:
    tables = {each["TableInput"]["Name"]: each for each in dev.properties("AWS::Glue::Table")}
    assert set(tables) == {"predictions", "set_aside"}
    for name, folder in (("predictions", "scored"), ("set_aside", "set_aside")):
        table = tables[name]["TableInput"]
        bucket = "secure-mlops-dev-artifacts-111111111111-eu-central-1"
        place = f"s3://{bucket}/predictions/batch-inference/{folder}/"
        assert table["StorageDescriptor"]["Location"] == place
        parameters = table["Parameters"]
        assert parameters["projection.enabled"] == "true"
        assert parameters["storage.location.template"] == f"{place}date=${{date}}/"
        assert [key["Name"] for key in table["PartitionKeys"]] == ["date"]


def test_baselines_and_predictions_outlive_what_runs_leave(dev: Stacks) -> None:
    (bucket,) = (
        each
        for each in dev.properties("AWS::S3::Bucket", "Storage")
        if "artifacts" in each["BucketName"]
    )
    prefixes = {
        rule.get("Prefix")
        for rule in bucket["LifecycleConfiguration"]["Rules"]
        if "ExpirationInDays" in rule
    }
    assert prefixes == {"runs/", "quarantine/"}
