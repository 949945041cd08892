"""Each usual addition takes the files that `CONTRIBUTING.md` names: rows of tables, no code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from environments import load_environment, monitoring
from mlops_contract import endpoints
from stacks import buckets, charters, roles, runbook
from stacks.charter_table import TABLE, Table
from tests.template import assembly, existing

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_definitions.model_project import ModelProjects

NAME = "secure-mlops-dev-features-111111111111-eu-central-1"


def _access(_: ModelProjects) -> list[buckets.Access]:
    return [buckets.Access("Training", roles.TRAINING, reads=("daily/",), writes=("daily/",))]


def _charters() -> Table:
    """The charters, with the duties of training jobs in the new bucket."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    rights = {
        "{features}/daily/*": ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"],
        "{features}": ["s3:ListBucket", "s3:GetBucketLocation"],
        "{key-features}": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
    }
    table["roles"][roles.TRAINING]["duties"] += [
        {"duty": "works with features", "actions": actions, "resources": [place]}
        for place, actions in rights.items()
    ]
    return Table.model_validate(table)


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> assembly.Stacks:
    folder: Path = tmp_path_factory.mktemp("additions")
    limit = monitoring.Limit(above=5, hours=26)
    meaning = runbook.Meaning("Rows were set aside", "rows-set-aside", "Set aside", "RowsSetAside")
    stopped = runbook.AwsMetric(runbook.PIPELINES, "ExecutionStopped")
    of_aws = runbook.Meaning("A run of {part} was stopped", "a-run-was-stopped", aws=stopped)
    tracing = endpoints.AwsApi("xray", ("xray:*",), "jobs that trace", "clients")
    features = buckets.Bucket("features", "features", _access, ("daily/",))
    table = _charters()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(endpoints, "APIS", (*endpoints.APIS, tracing))
        patch.setitem(monitoring.KINDS, "set-aside", limit)
        patch.setitem(monitoring.KINDS, "stopped", limit)
        patch.setitem(runbook.MEANINGS, "set-aside", meaning)
        patch.setitem(runbook.MEANINGS, "stopped", of_aws)
        patch.setattr(buckets, "BUCKETS", (*buckets.BUCKETS, features))
        patch.setattr(charters, "read_table", lambda: table)
        watched = {"batch-inference": {"set-aside": {}, "stopped": {}}}
        of_batches = monitoring.MonitoringSettings.model_validate(watched)
        settings = load_environment("dev").model_copy(update={"monitoring": of_batches})
        output = existing.synthesize(settings, folder, judged=False)
    return assembly.Stacks(output, "dev")


def test_an_endpoint_takes_one_row(stacks: assembly.Stacks) -> None:
    services = [str(each["ServiceName"]) for each in stacks.properties("AWS::EC2::VPCEndpoint")]
    assert [each for each in services if each.endswith(".xray")]


def _alarm(stacks: assembly.Stacks, kind: str) -> dict[str, Any]:
    (alarm,) = (
        each
        for each in stacks.properties("AWS::CloudWatch::Alarm")
        if each["AlarmName"] == f"secure-mlops-dev-batch-inference-{kind}"
    )
    return alarm


@pytest.mark.example
def test_an_alarm_takes_a_limit_and_what_it_means(stacks: assembly.Stacks) -> None:
    alarm = _alarm(stacks, "set-aside")
    assert alarm["MetricName"] == "RowsSetAside"
    assert "docs/operations.md#rows-set-aside" in alarm["AlarmDescription"]
    assert "Set aside" in str(stacks.properties("AWS::CloudWatch::Dashboard"))


@pytest.mark.example
def test_an_alarm_on_a_metric_of_aws_takes_no_more(stacks: assembly.Stacks) -> None:
    alarm = _alarm(stacks, "stopped")
    assert (alarm["Namespace"], alarm["MetricName"]) == (runbook.PIPELINES, "ExecutionStopped")


def test_a_bucket_takes_a_row_and_its_charter(stacks: assembly.Stacks) -> None:
    (bucket,) = (
        each for each in stacks.properties("AWS::S3::Bucket") if each["BucketName"] == NAME
    )
    assert bucket["LifecycleConfiguration"]["Rules"]
    aliases = {each["AliasName"] for each in stacks.properties("AWS::KMS::Alias")}
    assert "alias/secure-mlops-dev-features" in aliases
    parameters = {each["Name"] for each in stacks.properties("AWS::SSM::Parameter")}
    assert {f"/secure-mlops/dev/{kind}/features" for kind in ("bucket", "key")} <= parameters
    for kind in ("AWS::EC2::VPCEndpoint", "AWS::IAM::ManagedPolicy", "AWS::S3::BucketPolicy"):
        assert NAME in str(stacks.properties(kind)), kind


def test_its_roles_have_rights_in_the_bucket_and_its_key(stacks: assembly.Stacks) -> None:
    described = [(each["Description"], each) for each in stacks.properties("AWS::KMS::Key")]
    (key,) = (each for name, each in described if name == "secure-mlops-dev: features")
    assert "role/secure-mlops-dev-training-job" in str(key)
    policies = stacks.properties("AWS::S3::BucketPolicy")
    (policy,) = (each for each in policies if "Features" in str(each["Bucket"]))
    granted = {
        action
        for each in policy["PolicyDocument"]["Statement"]
        if each["Effect"] == "Allow" and "training" in str(each["Principal"]).lower()
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    }
    assert "s3:PutObject" in granted
    assert "s3:DeleteObject" not in granted
