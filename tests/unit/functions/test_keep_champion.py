"""The champion follows the registry: moto stands for AWS, the function is the deployed file."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from moto import mock_aws

from stacks.base import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient

GROUP, BUCKET, KEY = "secure-mlops-dev-abalone-age", "models", "arn:aws:kms:eu-central-1:1:key/k"
PLACE = f"champion/{GROUP}"


@pytest.fixture(scope="module", autouse=True)
def aws() -> Iterator[None]:
    settings = {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "CHAMPION_BUCKET": BUCKET,
        "CHAMPION_KEY_ARN": KEY,
    }
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in settings.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(autouse=True)
def fresh() -> None:
    """Empty moto for each test: clients are slow to make, and so are made once."""
    requests.post("https://motoapi.amazonaws.com/moto-api/reset", timeout=10).raise_for_status()
    boto3.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    boto3.client("sagemaker").create_model_package_group(ModelPackageGroupName=GROUP)


@pytest.fixture
def s3() -> S3Client:
    return boto3.client("s3")


@pytest.fixture
def sagemaker() -> SageMakerClient:
    return boto3.client("sagemaker")


@pytest.fixture(scope="module")
def keeper() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "keep_champion", FUNCTIONS / "keep_champion" / "handler.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _register(sagemaker: SageMakerClient, s3: S3Client, name: str, status: str) -> str:
    s3.put_object(Bucket=BUCKET, Key=f"models/{name}/model.tar.gz", Body=name.encode())
    response: dict[str, Any] = sagemaker.create_model_package(
        ModelPackageGroupName=GROUP,
        ModelApprovalStatus=status,  # type: ignore[arg-type]
        InferenceSpecification={
            "Containers": [
                {"Image": "image", "ModelDataUrl": f"s3://{BUCKET}/models/{name}/model.tar.gz"}
            ],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )  # type: ignore[assignment]
    arn: str = response["ModelPackageArn"]
    return arn


def _decide(sagemaker: SageMakerClient, arn: str, status: str) -> None:
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status)  # type: ignore[arg-type]


def _handle(keeper: ModuleType) -> dict[str, str | None]:
    event = {"detail-type": "x", "detail": {"ModelPackageGroupName": GROUP}}
    result: dict[str, str | None] = keeper.handle(event, None)
    return result


def _champion(s3: S3Client) -> tuple[str, dict[str, str]] | None:
    names = {
        entry["Key"]
        for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix=PLACE).get("Contents", [])
    }
    files = {f"{PLACE}/model.tar.gz", f"{PLACE}/champion.json"}
    if not names & files:
        return None
    assert files <= names
    model = s3.get_object(Bucket=BUCKET, Key=f"{PLACE}/model.tar.gz")["Body"].read().decode()
    description = s3.get_object(Bucket=BUCKET, Key=f"{PLACE}/champion.json")["Body"].read()
    return model, json.loads(description)


def test_nothing_is_champion_before_an_approval(
    keeper: ModuleType, s3: S3Client, sagemaker: SageMakerClient
) -> None:
    _register(sagemaker, s3, "one", "PendingManualApproval")
    assert _handle(keeper) == {"group": GROUP, "champion": None}
    assert _champion(s3) is None


def test_an_approved_model_is_copied_and_described(
    keeper: ModuleType, s3: S3Client, sagemaker: SageMakerClient
) -> None:
    arn = _register(sagemaker, s3, "one", "PendingManualApproval")
    _decide(sagemaker, arn, "Approved")
    assert _handle(keeper) == {"group": GROUP, "champion": arn}
    model, description = _champion(s3) or ("", {})
    created = sagemaker.describe_model_package(ModelPackageName=arn)["CreationTime"]
    assert model == "one"
    assert description == {
        "creation_time": created.isoformat(),
        "model_data_url": f"s3://{BUCKET}/models/one/model.tar.gz",
        "model_package_arn": arn,
        "model_package_group": GROUP,
    }
    stored = s3.head_object(Bucket=BUCKET, Key=f"{PLACE}/model.tar.gz")
    assert stored["ServerSideEncryption"] == "aws:kms"
    assert stored["SSEKMSKeyId"] == KEY


def test_the_newest_approved_model_wins_whatever_the_event_was_about(
    keeper: ModuleType, s3: S3Client, sagemaker: SageMakerClient
) -> None:
    _register(sagemaker, s3, "one", "Approved")
    two = _register(sagemaker, s3, "two", "Approved")
    _register(sagemaker, s3, "three", "Rejected")
    _register(sagemaker, s3, "four", "PendingManualApproval")
    assert _handle(keeper)["champion"] == two
    assert (_champion(s3) or ("", {}))[0] == "two"


def test_a_rejected_champion_gives_way_to_the_one_before_it(
    keeper: ModuleType, s3: S3Client, sagemaker: SageMakerClient
) -> None:
    one = _register(sagemaker, s3, "one", "Approved")
    two = _register(sagemaker, s3, "two", "Approved")
    _handle(keeper)
    _decide(sagemaker, two, "Rejected")
    assert _handle(keeper)["champion"] == one
    assert (_champion(s3) or ("", {}))[0] == "one"


def test_the_last_one_rejected_leaves_nothing_but_the_marker(
    keeper: ModuleType, s3: S3Client, sagemaker: SageMakerClient
) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"{PLACE}/README.txt", Body=b"marker")
    arn = _register(sagemaker, s3, "one", "Approved")
    _handle(keeper)
    _decide(sagemaker, arn, "Rejected")
    assert _handle(keeper)["champion"] is None
    assert _champion(s3) is None
    assert s3.get_object(Bucket=BUCKET, Key=f"{PLACE}/README.txt")["Body"].read() == b"marker"


def test_the_same_event_twice_writes_once(
    keeper: ModuleType, s3: S3Client, sagemaker: SageMakerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _register(sagemaker, s3, "one", "Approved")
    _handle(keeper)
    monkeypatch.setattr("boto3.s3.inject.copy", lambda *_, **__: pytest.fail("copied again"))
    before = s3.head_object(Bucket=BUCKET, Key=f"{PLACE}/champion.json")["LastModified"]
    _handle(keeper)
    after = s3.head_object(Bucket=BUCKET, Key=f"{PLACE}/champion.json")["LastModified"]
    assert after == before


@pytest.mark.parametrize("damage", ["model", "description"])
def test_a_damaged_champion_is_mended(
    keeper: ModuleType, s3: S3Client, sagemaker: SageMakerClient, damage: str
) -> None:
    arn = _register(sagemaker, s3, "one", "Approved")
    _handle(keeper)
    if damage == "model":
        s3.delete_object(Bucket=BUCKET, Key=f"{PLACE}/model.tar.gz")
    else:
        s3.put_object(Bucket=BUCKET, Key=f"{PLACE}/champion.json", Body=b"[]")
    _handle(keeper)
    model, description = _champion(s3) or ("", {})
    assert (model, description["model_package_arn"]) == ("one", arn)


def test_a_missing_archive_leaves_the_old_champion_described(
    keeper: ModuleType, s3: S3Client, sagemaker: SageMakerClient
) -> None:
    one = _register(sagemaker, s3, "one", "Approved")
    _handle(keeper)
    _register(sagemaker, s3, "two", "Approved")
    s3.delete_object(Bucket=BUCKET, Key="models/two/model.tar.gz")
    with pytest.raises(Exception, match=r"404|Not Found"):
        _handle(keeper)
    model, description = _champion(s3) or ("", {})
    assert (model, description["model_package_arn"]) == ("one", one)


@pytest.mark.parametrize(
    ("containers", "says"),
    [
        ([], "0 containers"),
        ([{"Image": "i"}], "0 model archives"),
        ([{"Image": "i", "ModelDataUrl": "s3://b/k"}] * 2, "2 containers"),
    ],
)
def test_a_package_that_cannot_be_champion_says_why(
    keeper: ModuleType, containers: list[dict[str, str]], says: str
) -> None:
    package = {
        "ModelPackageArn": "arn:x",
        "InferenceSpecification": {"Containers": containers},
    }
    with pytest.raises(ValueError, match=f"arn:x has .*{says}"):
        keeper.model_data(package)


def test_an_approval_taken_back_while_listing_does_not_count(
    keeper: ModuleType, s3: S3Client, sagemaker: SageMakerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = _register(sagemaker, s3, "one", "Approved")
    two = _register(sagemaker, s3, "two", "Approved")
    describe = sagemaker.describe_model_package

    def taken_back(ModelPackageName: str) -> dict[str, Any]:  # noqa: N803 - boto3's own name
        package: dict[str, Any] = dict(describe(ModelPackageName=ModelPackageName))
        if ModelPackageName == two:
            package["ModelApprovalStatus"] = "Rejected"
        return package

    monkeypatch.setattr(sagemaker, "describe_model_package", taken_back)
    assert keeper.newest_approved(sagemaker, GROUP)["ModelPackageArn"] == one
