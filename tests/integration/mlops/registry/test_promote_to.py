"""A model goes from one account to another: the command, the deployed function, two accounts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from cloud_assembly import CloudAssembly
from mlops.command_line.main import app
from mlops.registry import Registry, open_registry
from mlops_common.errors import MlopsError
from pipeline_definitions.model_project import ModelProject, ModelProjects
from pipeline_local.aws import FunctionTarget
from pipeline_local.local_aws import keeper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from environments.settings import EnvironmentSettings

IMAGE = "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.0-5"


def _projects(settings: EnvironmentSettings) -> ModelProjects:
    return ModelProjects(settings, (ModelProject("abalone", "abalone-age"),))


@pytest.fixture
def registries(
    all_environments: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Registry, Registry]]:
    """Dev and staging, each in its account, with buckets and a group; staging's importer."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "cdk.json").write_text("{}")
    monkeypatch.chdir(project)
    # Not this checkout's, which would be built for both.
    monkeypatch.setattr("mlops.registry.registry.declared_projects", _projects)
    dev, staging = (open_registry(name, local=True) for name in ("dev", "staging"))
    for registry in (dev, staging):
        names = registry.names
        for bucket in (names.models_bucket, names.artifacts_bucket):
            registry.aws.client("s3").create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
            )
        registry.aws.client("sagemaker").create_model_package_group(
            ModelPackageGroupName=names.model_package_group("abalone-age")
        )
    assembly = CloudAssembly(all_environments / "assembly-staging")
    (importer,) = (each for each in assembly.functions if each.name.endswith("-model-importer"))
    assert importer.code is not None
    target = FunctionTarget(
        importer.code, importer.handler, importer.environment, importer.name, 120
    )
    staging.aws.register_function(importer.arn, target)
    yield dev, staging
    keeper.stop_server(project / keeper.FOLDER)


def _register(dev: Registry) -> str:
    models, artifacts = dev.names.models_bucket, dev.names.artifacts_bucket
    s3 = dev.aws.client("s3")
    s3.put_object(Bucket=models, Key="models/run1/model.tar.gz", Body=b"a model")
    s3.put_object(Bucket=artifacts, Key="baselines/run1/statistics.json", Body=b"{}")
    uri = f"s3://{artifacts}/baselines/run1/statistics.json"
    made = dev.aws.client("sagemaker").create_model_package(
        ModelPackageGroupName=dev.names.model_package_group("abalone-age"),
        CustomerMetadataProperties={"RunId": "run1", "GitRevision": "abc", "TestMse": "4.1"},
        InferenceSpecification={
            "Containers": [
                {"Image": IMAGE, "ModelDataUrl": f"s3://{models}/models/run1/model.tar.gz"}
            ],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        DriftCheckBaselines={
            "ModelDataQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": uri}}
        },
    )
    return made["ModelPackageArn"]


def _mlops(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["models", *arguments, "--local"])


def _promote(version: str = "abalone-age/1") -> Any:
    result = _mlops("promote-to", "staging", version, "--reason", "good nights", "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_an_approved_version_goes_on_once(registries: tuple[Registry, Registry]) -> None:
    dev, staging = registries
    source = _register(dev)
    refused = _mlops("promote-to", "staging", "abalone-age/1", "--reason", "good nights")
    assert isinstance(refused.exception, MlopsError)
    assert str(refused.exception).endswith("only what is Approved goes on")
    assert staging.versions(staging.group("abalone-age")) == []

    approved = _mlops("approve", "1", "--environment", "dev", "--reason", "measured")
    assert approved.exit_code == 0, approved.output
    first = _promote()
    assert (first["made"], first["promoted_from"]) == (True, source)
    assert (first["status"], first["git_revision"]) == ("PendingManualApproval", "abc")
    assert first["metadata"]["PromotedFrom"] == source
    place = "models/promoted/abalone-age/1/run1/model.tar.gz"
    assert first["model_data_url"] == f"s3://{staging.names.models_bucket}/{place}"
    copy = staging.aws.client("s3").get_object(Bucket=staging.names.models_bucket, Key=place)
    assert copy["Body"].read() == b"a model"
    found = staging.version(first["arn"]).description
    assert found["ModelPackageDescription"].startswith("good nights (promoted from arn:aws:")
    assert "arn:aws:sts::222222222222:" in found["ModelPackageDescription"]
    assert "measured" in found["ModelPackageDescription"]

    again = _promote(source)
    assert (again["made"], again["arn"]) == (False, first["arn"])
    assert len(staging.versions(staging.group("abalone-age"))) == 1


@pytest.mark.parametrize(
    ("environment", "version", "why"),
    [
        ("dev", "abalone-age/1", "no environment promotes models to dev; set promotes_to: dev"),
        ("staging", "newest", "'newest' is not a GROUP/VERSION of dev, such as churn/3"),
        ("staging", "abalone-age/7", "not promoted: "),
        ("prod", "abalone-age/1", "prod has no function secure-mlops-prod-model-importer yet"),
    ],
)
@pytest.mark.usefixtures("registries")
def test_what_cannot_go_on_is_told_in_one_line(environment: str, version: str, why: str) -> None:
    result = _mlops("promote-to", environment, version, "--reason", "good")
    assert isinstance(result.exception, MlopsError), result.output
    assert str(result.exception).startswith(why)
