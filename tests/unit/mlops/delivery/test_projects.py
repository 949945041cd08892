"""A build of a project brings what it has on AWS up to what its repository says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cloud_assembly import CloudAssembly
from environments import load_environment
from mlops.delivery.projects import bring_up
from mlops_common.errors import MlopsError
from pipeline_local.aws import Aws
from pipeline_local.local_aws import keeper
from pipeline_local.runs.deployment import deploy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """A local AWS of this test's own."""
    settings = load_environment("dev")
    aws = Aws(settings.region, settings.account, keeper.ensure_server(tmp_path / "state"))
    for variable, value in aws.environment().items():
        monkeypatch.setenv(variable, value)
    yield aws
    keeper.stop_server(tmp_path / "state")


@pytest.mark.example
def test_code_is_delivered_and_pipelines_are_made_then_changed(
    account: Aws, all_environments: Path
) -> None:
    settings = load_environment("dev")
    with pytest.raises(MlopsError, match="no such SSM parameter; is the environment deployed"):
        list(bring_up(settings, all_environments, "p-churn"))
    deploy(CloudAssembly(all_environments / "assembly-dev"), account)
    first = list(bring_up(settings, all_environments, "p-churn"))
    assert "made secure-mlops-dev-p-churn-training" in first
    second = list(bring_up(settings, all_environments, "p-churn"))
    assert "brought up secure-mlops-dev-p-churn-training" in second
    found = account.client("sagemaker").describe_pipeline(
        PipelineName="secure-mlops-dev-p-churn-training"
    )
    assert found["RoleArn"].endswith("-project-orchestration")
    assert "projects/p-churn/code/" in json.dumps(json.loads(found["PipelineDefinition"]))
    bucket = "secure-mlops-dev-artifacts-111111111111-eu-central-1"
    objects = account.client("s3").list_objects_v2(Bucket=bucket, Prefix="projects/p-churn/code/")
    assert any(each["Key"].endswith("/train.py") for each in objects["Contents"])
