"""The training pipeline: its shape, its inputs, and what a reviewer reads of it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from environments.loading import load_environment
from pipeline_definitions.catalog import build_pipeline

if TYPE_CHECKING:
    from pipeline_definitions.built import BuiltPipeline

pytestmark = pytest.mark.example

SNAPSHOT = Path(__file__).parent / "training-dev.json"
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
JOBS = ("Preprocess", "DataQualityBaseline", "Train", "Evaluate", "ModelQualityBaseline")


def test_the_definition_is_the_reviewed_one(definition: dict[str, Any]) -> None:
    text = json.dumps(definition, indent=2, sort_keys=True) + "\n"
    normalised = DIGEST.sub("<content digest>", text)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(normalised)
    assert normalised == SNAPSHOT.read_text(), (
        "the training pipeline's definition changed; look at the difference, and if it is meant, "
        "run the test once with UPDATE_SNAPSHOTS=1"
    )


def test_steps_come_in_the_documented_order(steps: dict[str, Any]) -> None:
    assert list(steps) == [*JOBS, "CheckQuality", "RegisterModel", "QualityTooLow"]


@pytest.mark.parametrize("name", JOBS)
def test_every_job_can_use_a_result_again_and_forgets_comparisons_soon(
    steps: dict[str, Any], name: str
) -> None:
    # The champion is part of the comparison's key, where the caller says which.
    expiry = "PT1H" if name == "Evaluate" else "P30D"
    assert steps[name]["CacheConfig"] == {"Enabled": True, "ExpireAfter": expiry}
    if name == "Evaluate":
        variables = steps[name]["Arguments"]["Environment"]
        assert variables == {"CHAMPION_VERSION": {"Get": "Parameters.ChampionVersion"}}


@pytest.mark.parametrize("name", ["Preprocess", "Train", "Evaluate", "RegisterModel"])
def test_what_the_service_can_retry_is_retried(steps: dict[str, Any], name: str) -> None:
    types = {kind for policy in steps[name]["RetryPolicies"] for kind in policy["ExceptionType"]}
    assert {"Step.SERVICE_FAULT", "Step.THROTTLING"} <= types


def test_nothing_in_it_changes_with_time(training: BuiltPipeline) -> None:
    text = json.dumps(training.definition)
    assert not re.search(r"\d{4}-\d{2}-\d{2}T|\b1[6-9]\d{8,}\b", text)


def test_the_gate_asks_for_the_threshold_and_for_the_champion(steps: dict[str, Any]) -> None:
    conditions = steps["CheckQuality"]["Arguments"]["Conditions"]
    assert [condition["Type"] for condition in conditions] == ["LessThanOrEqualTo", "Equals"]
    paths = [condition["LeftValue"]["Std:JsonGet"]["Path"] for condition in conditions]
    assert paths == ["regression_metrics.mse.value", "gate.failed"]
    assert conditions[0]["RightValue"] == {"Get": "Parameters.MseThreshold"}
    assert conditions[1]["RightValue"] == 0


def test_the_comparison_reads_the_rows_of_the_training_too(steps: dict[str, Any]) -> None:
    arguments = steps["Evaluate"]["Arguments"]
    inputs = {entry["InputName"] for entry in arguments["ProcessingInputs"]}
    assert {"model", "test", "train", "validation", "champion"} <= inputs
    said = arguments["AppSpecification"]["ContainerArguments"]
    assert said[::2] == ["--significance", "--least-rows-share"]


def test_the_failure_message_holds_the_figures(steps: dict[str, Any]) -> None:
    values = steps["QualityTooLow"]["Arguments"]["ErrorMessage"]["Std:Join"]["Values"]
    assert sum("Std:JsonGet" in value for value in values if isinstance(value, dict)) == 2


def test_the_registered_model_says_where_it_comes_from(
    steps: dict[str, Any], training: BuiltPipeline
) -> None:
    arguments = steps["RegisterModel"]["Arguments"]
    metadata = arguments["CustomerMetadataProperties"]
    assert {"GitRevision", "DataHash", "RunId", "CodeHash"} <= set(metadata)
    assert metadata["CodeHash"] == training.bundles[0].digest
    assert set(arguments["DriftCheckBaselines"]["ModelDataQuality"]) == {
        "Constraints",
        "Statistics",
    }
    assert training.model_package_groups == (arguments["ModelPackageGroupName"],)


def test_approval_follows_the_environment(settings: Any) -> None:
    automatic = settings.model_copy(update={"model_approval": "automatic"})
    for environment, expected in ((settings, "PendingManualApproval"), (automatic, "Approved")):
        built = build_pipeline("training", environment)
        defaults = {item["Name"]: item["DefaultValue"] for item in built.definition["Parameters"]}
        assert defaults["ModelApprovalStatus"] == expected


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_every_environment_builds_it_with_its_own_instance_types(environment: str) -> None:
    settings = load_environment(environment)
    built = build_pipeline("training", settings)
    for parameter in built.definition["Parameters"]:
        if parameter["Name"].endswith("InstanceType"):
            assert tuple(parameter["EnumValues"]) == settings.instance_types
