from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from environments.loading import load_environment
from environments.names import ResourceNames
from mlops.registry import Registry, decide
from mlops.registry.approval import MAX_REASON
from mlops.registry.objects import read_metrics
from mlops_common.errors import MlopsError
from pipeline_definitions.model_project import ModelProject, ModelProjects

if TYPE_CHECKING:
    from pipeline_local.aws import Aws

SPECIFICATION: Any = {
    "Containers": [{"Image": "image", "ModelDataUrl": "s3://models/model.tar.gz"}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}


@dataclass
class Shelf:
    """An environment of this test's own, and how to fill it."""

    registry: Registry

    @property
    def group(self) -> str:
        return self.registry.names.model_package_group("abalone-age")

    def add(self, number: int, *, group: str | None = None, figures: bool = True) -> str:
        names, aws = self.registry.names, self.registry.aws
        group = names.model_package_group(group or "abalone-age")
        key = f"{group}/{number}/evaluation.json"
        if figures:
            body = {"regression_metrics": {"mse": {"value": 4 + number / 10}, "r2": {"value": 0.5}}}
            aws.client("s3").put_object(
                Bucket=names.models_bucket, Key=key, Body=json.dumps(body).encode()
            )
        return aws.client("sagemaker").create_model_package(
            ModelPackageGroupName=group,
            InferenceSpecification=SPECIFICATION,
            CustomerMetadataProperties={
                "RunId": f"run{number}",
                "GitRevision": "abcdef",
                "TestMse": "9.5",
            },
            ModelMetrics={
                "ModelQuality": {
                    "Statistics": {
                        "ContentType": "application/json",
                        "S3Uri": f"s3://{names.models_bucket}/{key}",
                    }
                }
            },
        )["ModelPackageArn"]

    def crown(self, arn: str) -> None:
        self.registry.aws.client("s3").put_object(
            Bucket=self.registry.names.models_bucket,
            Key=f"champion/{self.group}/champion.json",
            Body=json.dumps({"model_package_arn": arn}).encode(),
        )

    def add_group(self, name: str) -> None:
        self.registry.aws.client("sagemaker").create_model_package_group(ModelPackageGroupName=name)


@pytest.fixture
def shelf(aws: Aws, name: str) -> Shelf:
    settings = load_environment("dev").model_copy(
        update={"name": name, "account": aws.account, "region": aws.region}
    )
    projects = ModelProjects(settings, (ModelProject("abalone", "abalone-age"),))
    found = Shelf(Registry(aws, ResourceNames(settings), declared=projects))
    aws.client("s3").create_bucket(
        Bucket=found.registry.names.models_bucket,
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    found.add_group(found.group)
    return found


def test_versions_come_newest_first_with_all_that_is_known(shelf: Shelf) -> None:
    shelf.add(1)
    arn = shelf.add(2)
    first, second = shelf.registry.versions(shelf.group)
    assert (first.version, second.version) == (2, 1)
    assert first.facts() == {
        "group": shelf.group,
        "version": 2,
        "arn": arn,
        "status": "PendingManualApproval",
        "champion": False,
        "created": first.created.astimezone(UTC).isoformat(timespec="seconds"),
        "metrics": {"mse": 4.2, "r2": 0.5},
        "run_id": "run2",
        "git_revision": "abcdef",
        "metadata": {"RunId": "run2", "GitRevision": "abcdef", "TestMse": "9.5"},
        "approval_description": "",
        "model_data_url": "s3://models/model.tar.gz",
        "statistics_url": first.statistics_url,
    }
    assert json.loads(json.dumps(first.facts())) == first.facts()
    assert [version.version for version in shelf.registry.versions(shelf.group, 1)] == [2]


def test_without_the_figures_file_the_metadata_tell_the_error(shelf: Shelf) -> None:
    shelf.add(1, figures=False)
    assert shelf.registry.versions(shelf.group)[0].metrics == {"mse": 9.5}


def test_the_champion_is_the_one_that_its_keeper_wrote_down(shelf: Shelf) -> None:
    arn = shelf.add(1)
    shelf.add(2)
    assert shelf.registry.champion(shelf.group) is None
    shelf.crown(arn)
    marks = [(v.version, v.champion) for v in shelf.registry.versions(shelf.group)]
    assert marks == [(2, False), (1, True)]


class _Perimeter:
    """An S3 client outside the VPC."""

    def get_object(self, **_: str) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")


def test_outside_the_perimeter_the_newest_approved_version_counts(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        version = shelf.registry.version(shelf.add(number))
        if number < 3:
            decide(shelf.registry, version, "Approved", "good")
    monkeypatch.setitem(shelf.registry.aws._clients, "s3", _Perimeter())
    versions = shelf.registry.versions(shelf.group)
    assert [(v.version, v.champion) for v in versions] == [(3, False), (2, True), (1, False)]
    assert versions[0].metrics == {"mse": 9.5}


def test_other_environments_groups_are_not_shown(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = shelf.registry.names.prefix
    shelf.add_group(f"{prefix}-other")
    shelf.add_group(f"{prefix}-two-abalone-age")
    shelf.add_group(f"x-{prefix}-abalone-age")
    environment = shelf.registry.names.settings.name
    monkeypatch.setattr(
        "mlops.registry.registry.available_environments",
        lambda: (environment, f"{environment}-two"),
    )
    assert shelf.registry.groups() == [shelf.group, f"{prefix}-other"]


def test_a_group_has_a_short_name(shelf: Shelf) -> None:
    assert shelf.registry.group("abalone-age") == shelf.group
    assert shelf.registry.group(shelf.group) == shelf.group
    with pytest.raises(MlopsError, match=f"no model package group nope .* one of: {shelf.group}"):
        shelf.registry.group("nope")


def test_a_version_is_found_by_number_and_by_arn(shelf: Shelf) -> None:
    arn = shelf.add(1)
    assert shelf.registry.version("1").arn == arn
    assert shelf.registry.version(arn).version == 1
    assert shelf.registry.version("1", "abalone-age").arn == arn


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("2", "has no version 2; versions: 1"),
        ("one", "one is neither a version number nor an ARN"),
        ("arn:aws:sagemaker:eu-central-1:111111111111:model-package/x/1", "no model version arn:"),
    ],
)
def test_an_unknown_version_is_told(shelf: Shelf, wanted: str, said: str) -> None:
    shelf.add(1)
    with pytest.raises(MlopsError, match=said):
        shelf.registry.version(wanted)


def test_a_version_of_another_environment_is_not_found(shelf: Shelf, aws: Aws, group: str) -> None:
    arn = aws.client("sagemaker").create_model_package(
        ModelPackageGroupName=group, InferenceSpecification=SPECIFICATION
    )["ModelPackageArn"]
    with pytest.raises(MlopsError, match="no model version"):
        shelf.registry.version(arn)


def test_a_number_alone_is_not_enough_with_several_groups(shelf: Shelf) -> None:
    shelf.add_group(f"{shelf.registry.names.prefix}-other")
    shelf.add(1, group="other")
    with pytest.raises(MlopsError, match=r"--group is needed: .*abalone-age, .*other"):
        shelf.registry.version("1")
    assert shelf.registry.version("1", "other").group.endswith("-other")


def test_an_approval_keeps_who_when_and_why(shelf: Shelf) -> None:
    decision = decide(shelf.registry, shelf.registry.version(shelf.add(1)), "Approved", " so\n so ")
    assert (decision.changed, decision.before) == (True, "PendingManualApproval")
    assert decision.version.status == "Approved"
    text = decision.version.approval_description
    assert text.startswith("so so (Approved by arn:aws:sts::111111111111:user/moto, 20")
    assert text.endswith(" UTC)")
    assert decision.version.run_id == "run1"


def test_the_same_decision_again_changes_nothing(shelf: Shelf) -> None:
    version = shelf.registry.version(shelf.add(1))
    first = decide(shelf.registry, version, "Rejected", "bad").version
    again = decide(shelf.registry, first, "Rejected", "worse")
    assert not again.changed
    assert again.version.approval_description.startswith("bad (Rejected by")
    back = decide(shelf.registry, first, "Approved", "on second thoughts")
    assert (back.changed, back.before, back.version.status) == (True, "Rejected", "Approved")


@pytest.mark.parametrize(
    ("reason", "said"), [("  ", "a reason is needed"), ("x" * (MAX_REASON + 1), "at most 700 fit")]
)
def test_a_reason_is_needed(shelf: Shelf, reason: str, said: str) -> None:
    version = shelf.registry.version(shelf.add(1))
    with pytest.raises(MlopsError, match=said):
        decide(shelf.registry, version, "Approved", reason)
    assert shelf.registry.version("1").status == "PendingManualApproval"


def test_credentials_of_another_account_change_nothing(shelf: Shelf) -> None:
    version = shelf.registry.version(shelf.add(1))
    other = shelf.registry.names.settings.model_copy(update={"account": "222222222222"})
    strange = Registry(shelf.registry.aws, ResourceNames(other))
    with pytest.raises(
        MlopsError, match=r"are of account 111111111111, .* is account 222222222222"
    ):
        decide(strange, version, "Approved", "good")
    assert shelf.registry.version("1").status == "PendingManualApproval"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"regression_metrics": {"mse": {"value": 4, "standard_deviation": 1}}}', {"mse": 4.0}),
        ('{"regression_metrics": {"mse": {"value": "4"}, "n": 3}, "gate": {"a": 1}}', {}),
        ("[]", {}),
        ("not json", {}),
    ],
)
def test_figures_are_read_from_the_model_quality_form(
    aws: Aws, bucket: str, content: str, expected: dict[str, float]
) -> None:
    aws.client("s3").put_object(Bucket=bucket, Key="e.json", Body=content.encode())
    assert read_metrics(aws.client("s3"), f"s3://{bucket}/e.json") == expected


@pytest.mark.parametrize("url", ["", "https://x/y", "s3://no-such-bucket-at-all/e.json"])
def test_figures_that_are_not_there_are_none(aws: Aws, url: str) -> None:
    assert read_metrics(aws.client("s3"), url) == {}


def test_models_of_files_are_listed_and_approved_on_the_local_aws(shelf: Shelf) -> None:
    of_file = f"group-of-{shelf.registry.names.settings.name}"
    shelf.add_group(of_file)
    registry = replace(shelf.registry, with_files=True)
    assert of_file not in shelf.registry.groups()
    assert {shelf.group, of_file} <= {*registry.groups()}
    registry.aws.client("sagemaker").create_model_package(
        ModelPackageGroupName=of_file, InferenceSpecification=SPECIFICATION
    )
    (version,) = registry.versions(of_file)
    decision = decide(registry, registry.version("1", of_file), "Approved", "good")
    assert (version.status, decision.version.status) == ("PendingManualApproval", "Approved")
    shelf.add(1)
    assert registry.version("1").group == shelf.group, "the environment's own group comes first"
