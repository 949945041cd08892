"""The functions that pipelines call: moto stands for AWS, each function is the deployed file."""

from __future__ import annotations

import importlib.util
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from moto import mock_aws

from stacks.base import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

GROUP, BUS, NAMESPACE = "secure-mlops-dev-abalone-age", "secure-mlops-dev", "secure-mlops/dev"
PRICES = {"ml.m5.large": 0.5}


@pytest.fixture(scope="module", autouse=True)
def aws() -> Iterator[None]:
    settings = {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "ENVIRONMENT": "dev",
        "EVENT_BUS": BUS,
        "NAMESPACE": NAMESPACE,
        "PRICES_PER_HOUR": json.dumps(PRICES),
    }
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in settings.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(autouse=True)
def fresh() -> None:
    requests.post("https://motoapi.amazonaws.com/moto-api/reset", timeout=10).raise_for_status()


def _load(folder: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(folder, FUNCTIONS / folder / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _file(name: str) -> dict[str, str]:
    return {"ContentType": "application/json", "S3Uri": f"s3://artifacts/{name}"}


def _register(number: int, status: str, **changes: Any) -> str:
    client: Any = boto3.client("sagemaker")
    if number == 1:
        client.create_model_package_group(
            ModelPackageGroupName=GROUP, ModelPackageGroupDescription="x"
        )
    kinds = ("ModelDataQuality", "ModelQuality")
    request = {
        "ModelPackageGroupName": GROUP,
        "ModelApprovalStatus": status,
        "InferenceSpecification": {
            "Containers": [{"Image": "i", "ModelDataUrl": f"s3://models/{number}/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        "DriftCheckBaselines": {
            kind: {
                part: _file(f"{number}/{kind}/{part.lower()}.json")
                for part in ("Statistics", "Constraints")
            }
            for kind in kinds
        },
        **changes,
    }
    return str(client.create_model_package(**request)["ModelPackageArn"])


def _choose(wanted: str, needs: str = "Data") -> dict[str, str]:
    event = {"group": GROUP, "wanted": wanted, "needs": needs}
    answer: dict[str, str] = _load("choose_model").handle(event, None)
    return answer


def test_the_newest_approved_version_is_chosen_with_its_own_baselines() -> None:
    _register(1, "Approved")
    second = _register(2, "Approved")
    _register(3, "PendingManualApproval")
    answer = _choose("newest-approved")
    assert answer == {
        "ModelPackageArn": second,
        "ModelVersion": "2",
        "ModelDataUrl": "s3://models/2/model.tar.gz",
        "DataStatistics": "s3://artifacts/2/ModelDataQuality/statistics.json",
        "DataConstraints": "s3://artifacts/2/ModelDataQuality/constraints.json",
        "QualityStatistics": "s3://artifacts/2/ModelQuality/statistics.json",
        "QualityConstraints": "s3://artifacts/2/ModelQuality/constraints.json",
    }


def test_a_version_is_chosen_by_number_or_arn_if_it_is_approved() -> None:
    first = _register(1, "Approved")
    rejected = _register(2, "Rejected")
    assert _choose("1")["ModelPackageArn"] == _choose(first)["ModelPackageArn"] == first
    with pytest.raises(ValueError, match="is Rejected, not Approved"):
        _choose(rejected)
    with pytest.raises(ValueError, match="has no version 9"):
        _choose("9")
    with pytest.raises(ValueError, match="nor a version of"):
        _choose(first.replace(GROUP, "somebody-elses"))


def test_without_an_approved_version_it_says_what_to_do() -> None:
    _register(1, "PendingManualApproval")
    with pytest.raises(ValueError, match="no version of secure-mlops-dev-abalone-age is approved"):
        _choose("newest-approved")


def test_a_version_without_a_baseline_is_refused_where_one_is_needed() -> None:
    only_data = {"ModelDataQuality": {p: _file(f"{p}.json") for p in ("Statistics", "Constraints")}}
    _register(1, "Approved", DriftCheckBaselines=only_data)
    assert _choose("1")["QualityConstraints"] == "none"
    with pytest.raises(ValueError, match="registered without Statistics of ModelQuality"):
        _choose("1", needs="Quality")


def _published() -> dict[str, float]:
    """Metrics without further dimensions; moto adds up those that have some."""
    cloudwatch: Any = boto3.client("cloudwatch")
    now = datetime.now(UTC)
    names = {
        metric["MetricName"] for metric in cloudwatch.list_metrics(Namespace=NAMESPACE)["Metrics"]
    }
    found = {}
    for name in names:
        (point,) = cloudwatch.get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=name,
            Dimensions=[{"Name": "Pipeline", "Value": "batch-inference"}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=7200,
            Statistics=["Maximum"],
        )["Datapoints"]
        found[name] = point["Maximum"]
    return found


def _publish(figures: dict[str, Any], **changes: Any) -> None:
    event = {
        "pipeline": "batch-inference",
        "figures": json.dumps(figures),
        "started": (datetime.now(UTC) - timedelta(minutes=30)).isoformat(),
        "instance_type": "ml.m5.large",
        "instance_count": 2,
        **changes,
    }
    _load("publish_metrics").handle(event, None)


def test_figures_become_metrics_with_the_agreed_dimensions() -> None:
    figures = {
        "RowsIn": 9,
        "Violations": 3,
        "ViolationsByKind": {"data_type_check": 3},
        "ViolationsByFeature": {"sex": 1, "height": 2},
        "DriftDistance": 0.2,
        "DriftDistanceByFeature": {"sex": 0.2},
    }
    found = {
        (metric["MetricName"], *(f"{each['Name']}={each['Value']}" for each in dimensions)): (
            metric["Value"],
            metric["Unit"],
        )
        for metric in _load("publish_metrics").metrics_of("batch-inference", figures)
        if (dimensions := metric["Dimensions"])
    }
    of = "Pipeline=batch-inference"
    assert found == {
        ("RowsIn", of): (9, "Count"),
        ("Violations", of): (3, "Count"),
        ("Violations", of, "Kind=data_type_check"): (3, "Count"),
        ("Violations", of, "Feature=sex"): (1, "Count"),
        ("Violations", of, "Feature=height"): (2, "Count"),
        ("DriftDistance", of): (0.2, "None"),
        ("DriftDistance", of, "Feature=sex"): (0.2, "None"),
    }


@pytest.mark.parametrize(
    ("feature", "value"),
    [
        ("größe", "gr\\xf6\\xdfe"),
        ("a\tb", "a?b"),
        (" ", "(blank)"),
        ("", "(blank)"),
        ("x" * 2000, "x" * 1024),
    ],
)
def test_a_column_of_any_name_becomes_a_dimension(feature: str, value: str) -> None:
    """CloudWatch takes visible ASCII only, and refuses all metrics of a request with one."""
    (metric,) = _load("publish_metrics").metrics_of("p", {"ViolationsByFeature": {feature: 1}})
    assert metric["Dimensions"][1] == {"Name": "Feature", "Value": value}


def test_duration_and_cost_are_added() -> None:
    _publish({"RowsIn": 9})
    found = _published()
    assert found["RowsIn"] == 9
    assert 1800 <= found["DurationSeconds"] < 1830
    assert found["EstimatedCost"] == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize("started", ["1764036000", "1764036000000", "2025-11-25T02:00:00.5Z"])
def test_a_run_may_have_begun_in_any_form(started: str) -> None:
    moment = _load("publish_metrics").moment(started)
    assert moment == datetime(2025, 11, 25, 2, tzinfo=UTC)


def test_a_rehearsals_figures_are_kept_apart() -> None:
    _publish({"RowsIn": 5}, rehearsal="yes")
    cloudwatch: Any = boto3.client("cloudwatch")
    metrics = cloudwatch.list_metrics(Namespace=NAMESPACE)["Metrics"]
    assert {each["Dimensions"][0]["Value"] for each in metrics} == {"batch-inference-rehearsal"}


def test_a_type_without_a_price_has_no_estimate() -> None:
    _publish({"RowsIn": 1}, instance_type="ml.p9.enormous")
    assert "EstimatedCost" not in _published()


def test_a_batch_is_announced_on_the_environments_bus() -> None:
    events: Any = boto3.client("events")
    events.create_event_bus(Name=BUS)
    logs: Any = boto3.client("logs")
    logs.create_log_group(logGroupName="/seen")
    events.put_rule(
        Name="r", EventBusName=BUS, EventPattern=json.dumps({"source": ["secure-mlops"]})
    )
    arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/seen"
    events.put_targets(Rule="r", EventBusName=BUS, Targets=[{"Id": "1", "Arn": arn}])
    event = {
        "pipeline": "batch-inference",
        "batch": json.dumps({"batch": "b1", "rows_scored": 9, "model_package_arn": "arn:x"}),
        "predictions": "s3://artifacts/predictions/",
    }
    assert _load("announce_batch").handle(event, None)["EventId"]
    (message,) = logs.filter_log_events(logGroupName="/seen")["events"]
    seen = json.loads(message["message"])
    assert (seen["source"], seen["detail-type"]) == ("secure-mlops", "Batch Scored")
    assert seen["resources"] == ["arn:x"]
    assert seen["detail"] == {
        "batch": "b1",
        "environment": "dev",
        "model_package_arn": "arn:x",
        "pipeline": "batch-inference",
        "predictions": "s3://artifacts/predictions/",
        "rows_scored": 9,
    }


def test_a_rehearsal_is_announced_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []

    class Bus:
        def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
            sent.extend(Entries)
            return {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}

    handler = _load("announce_batch")
    monkeypatch.setattr(handler.boto3, "client", lambda _name: Bus())
    event = {"pipeline": "p", "batch": '{"model_package_arn": "a"}', "predictions": "s"}
    for rehearsal in ("no", "yes"):
        handler.handle({**event, "rehearsal": rehearsal}, None)
    assert [each["DetailType"] for each in sent] == ["Batch Scored", "Batch Rehearsed"]


def test_a_bus_that_is_not_there_fails_the_step() -> None:
    event = {"pipeline": "p", "batch": json.dumps({"model_package_arn": "a"}), "predictions": "s"}
    with pytest.raises(Exception, match="does not exist"):
        _load("announce_batch").handle(event, None)
