"""Publishing a version: twice is once, and older ones are started by nobody any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from environments import load_environment
from mlops.project_template.packaging import TemplateVersion
from mlops.project_template.publishing import publish
from mlops.project_template.seed import Seed
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from pathlib import Path

    from environments import EnvironmentSettings
    from pipeline_local.aws import Aws


def _version(number: int) -> TemplateVersion:
    archive = Seed(f"{number:040x}", b"archive %d" % number, 1)
    return TemplateVersion("dev", archive, f'{{"A":{number}}}\n')


@pytest.fixture
def settings(aws: Aws, name: str, monkeypatch: pytest.MonkeyPatch) -> EnvironmentSettings:
    for variable, value in aws.environment().items():
        monkeypatch.setenv(variable, value)
    return load_environment("dev").model_copy(update={"name": name})


@pytest.fixture
def product(aws: Aws, settings: EnvironmentSettings) -> str:
    """What a deployment leaves: a product, and its id among the parameters."""
    made = aws.client("servicecatalog").create_product(
        Name=f"secure-mlops-{settings.name}-project",
        Owner="ML platform",
        ProductType="CLOUD_FORMATION_TEMPLATE",
        ProvisioningArtifactParameters={"Name": "without-source", "Info": {}},
        IdempotencyToken=settings.name,
    )
    identity = str(made["ProductViewDetail"]["ProductViewSummary"]["ProductId"])
    aws.client("ssm").put_parameter(
        Name=f"/secure-mlops/{settings.name}/project-template/product",
        Value=identity,
        Type="String",
    )
    return identity


def _artifacts(aws: Aws, product: str) -> dict[str, Any]:
    found = aws.client("servicecatalog").list_provisioning_artifacts(ProductId=product)
    return {each["Name"]: each["Guidance"] for each in found["ProvisioningArtifactDetails"]}


def test_a_version_is_there_once_and_the_one_before_is_deprecated(
    aws: Aws, settings: EnvironmentSettings, product: str, bucket: str
) -> None:
    first = publish(settings, _version(1), bucket)
    deployed = "without-source"
    assert (first.product, first.is_new, first.deprecated) == (product, True, (deployed,))
    again = publish(settings, _version(1), bucket)
    assert (again.artifact, again.is_new) == (first.artifact, False)
    second = publish(settings, _version(2), bucket)
    assert second.deprecated == tuple(sorted((_version(1).name, deployed)))
    assert _artifacts(aws, product) == {
        deployed: "DEPRECATED",
        _version(1).name: "DEPRECATED",
        _version(2).name: "DEFAULT",
    }
    back = publish(settings, _version(1), bucket)
    assert back.artifact == first.artifact
    assert _artifacts(aws, product)[_version(1).name] == "DEFAULT"


def test_the_launch_finds_archive_and_template_by_their_tag(
    aws: Aws, settings: EnvironmentSettings, product: str, bucket: str
) -> None:
    assert publish(settings, _version(3), bucket).product == product
    s3 = aws.client("s3")
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert _version(3).seed.key in keys
    assert len(keys) == 2
    for key in keys:
        tags = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
        assert tags == [{"Key": "servicecatalog:provisioning", "Value": "true"}]


def test_an_environment_that_is_not_deployed_is_one_line(
    settings: EnvironmentSettings, bucket: str
) -> None:
    with pytest.raises(MlopsError, match=r"project-template/product: no such SSM parameter"):
        publish(settings, _version(1), bucket)


def test_an_account_without_the_cdks_bucket_is_one_line(
    settings: EnvironmentSettings, product: str
) -> None:
    assert product
    with pytest.raises(MlopsError, match="bootstrap the account first"):
        publish(settings, _version(1), f"{settings.name}-nowhere")


def test_both_files_are_written(tmp_path: Path) -> None:
    template, archive = _version(1).write(tmp_path)
    assert template.read_text() == '{"A":1}\n'
    assert archive.read_bytes() == b"archive 1"
