"""An approved model goes on: moto stands for AWS, the function is the deployed file."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from stacks.base import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

SOURCE, TARGET = "secure-mlops-dev-models", "secure-mlops-staging-models"
KEPT, COPIES = "secure-mlops-dev-artifacts", "secure-mlops-staging-artifacts"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
OTHER_KEY = KEY.replace("0000-000000000000", "0000-000000000001")
VERSIONS = "arn:aws:sagemaker:eu-central-1:123456789012:model-package/secure-mlops-dev-"
GROUPS = ("secure-mlops-dev-abalone-age", "secure-mlops-staging-abalone-age")
IMAGE = "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.0-5"
PLACE = "models/promoted/abalone-age/1/run/model.tar.gz"
BASELINES = "baselines/run/DataQualityBaseline"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings = {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "SOURCE_MODELS": f"s3://{SOURCE}/models/",
        "TARGET_MODELS": f"s3://{TARGET}/models/promoted/",
        "KEY_MODELS": KEY,
        "SOURCE_ARTIFACTS": f"s3://{KEPT}/baselines/",
        "TARGET_ARTIFACTS": f"s3://{COPIES}/baselines/promoted/",
        "KEY_ARTIFACTS": OTHER_KEY,
        "SOURCE_VERSIONS": VERSIONS,
        "TARGET_PREFIX": "secure-mlops-staging",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        for bucket in (SOURCE, TARGET, KEPT, COPIES):
            boto3.client("s3").create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
            )
        for group in GROUPS:
            boto3.client("sagemaker").create_model_package_group(ModelPackageGroupName=group)
        yield


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(FUNCTIONS / "import_model"))
    for name in ("handler", "copies"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield importlib.import_module("handler")
    for name in ("handler", "copies"):
        sys.modules.pop(name, None)


def _version(key: str = "models/run/model.tar.gz", status: Any = "Approved", **more: str) -> str:
    s3 = boto3.client("s3")
    s3.put_object(Bucket=SOURCE, Key=key, Body=b"a model")
    s3.put_object(Bucket=KEPT, Key=f"{BASELINES}/statistics.json", Body=b"{}")
    statistics = {
        "ContentType": "application/json",
        "S3Uri": f"s3://{KEPT}/{BASELINES}/statistics.json",
    }
    report = {"ContentType": "application/json", "S3Uri": f"s3://{KEPT}/runs/1/evaluation.json"}
    made = boto3.client("sagemaker").create_model_package(
        ModelPackageGroupName=GROUPS[0],
        ModelApprovalStatus=status,
        CustomerMetadataProperties={"GitRevision": "abc", "RunId": "run1", **more},
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": f"s3://{SOURCE}/{key}"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
            "SupportedTransformInstanceTypes": ["ml.m5.large"],
        },
        ModelMetrics={
            "ModelQuality": {"Statistics": report},
            "ModelDataQuality": {"Statistics": statistics},
        },
        DriftCheckBaselines={"ModelDataQuality": {"Statistics": statistics}},
    )
    return made["ModelPackageArn"]


def _here() -> list[dict[str, Any]]:
    sagemaker = boto3.client("sagemaker")
    found = sagemaker.list_model_packages(ModelPackageGroupName=GROUPS[1])
    return [
        dict(sagemaker.describe_model_package(ModelPackageName=each["ModelPackageArn"]))
        for each in found["ModelPackageSummaryList"]
    ]


def _read(bucket: str, key: str) -> tuple[bytes, str]:
    found = boto3.client("s3").get_object(Bucket=bucket, Key=key)
    return found["Body"].read(), found["SSEKMSKeyId"]


def test_what_belongs_to_a_version_is_copied_under_our_keys(function: ModuleType) -> None:
    source = _version()
    answer = function.handle({"version": source, "reason": "good", "by": "Ada"}, None)
    (made,) = _here()
    assert answer == {"version": made["ModelPackageArn"], "promoted_from": source, "made": True}
    assert made["ModelApprovalStatus"] == "PendingManualApproval"
    (container,) = made["InferenceSpecification"]["Containers"]
    assert (container["Image"], container["ModelDataUrl"]) == (IMAGE, f"s3://{TARGET}/{PLACE}")
    assert _read(TARGET, PLACE) == (b"a model", KEY)
    baseline = "baselines/promoted/abalone-age/1/run/DataQualityBaseline/statistics.json"
    assert _read(COPIES, baseline) == (b"{}", OTHER_KEY)
    statistics = made["DriftCheckBaselines"]["ModelDataQuality"]["Statistics"]
    assert statistics["S3Uri"] == f"s3://{COPIES}/{baseline}"
    # A report that goes with its run is not there for long; what it says is in the metadata.
    assert made["ModelMetrics"] == {"ModelDataQuality": {"Statistics": statistics}}


def test_a_version_says_where_it_comes_from_and_why(function: ModuleType) -> None:
    source = _version()
    function.handle({"version": source, "reason": "better at night", "by": "Ada"}, None)
    (made,) = _here()
    metadata = made["CustomerMetadataProperties"]
    assert metadata["GitRevision"] == "abc"
    assert metadata["RunId"] == "run1"
    assert metadata["PromotedFrom"] == metadata["TrainedAs"] == source
    description = made["ModelPackageDescription"]
    assert description.startswith(f"better at night (promoted from {source} by Ada, 20")


def test_asked_twice_there_is_one(function: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    source = _version()
    first = function.handle({"version": source}, None)
    second = function.handle({"version": source}, None)
    assert (second["version"], second["made"]) == (first["version"], False)
    assert len(_here()) == 1
    sent: list[dict[str, Any]] = []
    registration = function.registration
    monkeypatch.setattr(
        function,
        "registration",
        lambda *given: sent.append(registration(*given)) or sent[-1],
    )
    # Both see nothing yet when two calls come at once; SageMaker takes one of a token.
    monkeypatch.setattr(function, "already_here", lambda *_: None)
    function.handle({"version": source}, None)
    function.handle({"version": source}, None)
    assert sent[0]["ClientToken"] == sent[1]["ClientToken"]


def test_a_copy_that_is_cut_short_is_no_version(
    function: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = _version()
    copies = sys.modules["copies"]
    monkeypatch.setattr(
        copies.Hashing, "read", lambda self, size=-1: self._file.read(size)[:3], raising=True
    )
    first = iter(["a", "b"])
    monkeypatch.setattr(copies.Hashing, "sha256", property(lambda _: next(first)))
    with pytest.raises(ValueError, match=r"is not like s3://.* after it was copied; try again"):
        function.handle({"version": source}, None)
    assert _here() == []
    monkeypatch.undo()


def test_an_artefact_that_is_not_the_registered_one_stays(function: ModuleType) -> None:
    source = _version(ArtifactSha256="0" * 64)
    with pytest.raises(ValueError, match="when it was registered it had 0000"):
        function.handle({"version": source}, None)
    assert _here() == []


@pytest.mark.parametrize("status", ["PendingManualApproval", "Rejected"])
def test_only_what_is_approved_goes_on(function: ModuleType, status: str) -> None:
    with pytest.raises(ValueError, match=f"is {status}; only what is Approved goes on"):
        function.handle({"version": _version(status=status)}, None)
    assert _here() == []


@pytest.mark.parametrize(
    "arn",
    [
        "",
        VERSIONS.replace("dev", "prod") + "abalone-age/1",
        VERSIONS + "abalone-age",
        VERSIONS + "abalone-age/1/2",
    ],
)
def test_only_versions_of_the_environment_before_are_looked_at(
    function: ModuleType, arn: str
) -> None:
    with pytest.raises(ValueError, match="no version of a model that goes on to here"):
        function.handle({"version": arn}, None)


def test_only_artefacts_among_its_models_are_copied(function: ModuleType) -> None:
    with pytest.raises(ValueError, match="is not below s3://secure-mlops-dev-models/models/"):
        function.handle({"version": _version(key="champion/model.tar.gz")}, None)
    assert _here() == []
