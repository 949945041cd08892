"""Prepared changes of a pipeline, and the findings of a review."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.mlops.review.conftest import texts

if TYPE_CHECKING:
    from tests.unit.mlops.review.conftest import Reviewer, Templates

    Body = dict[str, Any]

pytestmark = pytest.mark.example


def _step(definition: Body, name: str) -> Body:
    found: Body = next(each for each in definition["Steps"] if each["Name"] == name)
    return found


def _again(reviewer: Reviewer, changed: Templates) -> list[str]:
    (cache,) = (each for each in reviewer.pipelines(changed) if each.facts.get("change") == "cache")
    steps: list[str] = cache.facts["steps"]
    return steps


def test_an_instance_type(reviewer: Reviewer, changed: Templates) -> None:
    def change(definition: Body) -> None:
        resources = _step(definition, "Train")["Arguments"]["ResourceConfig"]
        resources["InstanceType"] = "ml.m5.2xlarge"

    changed.pipeline("training", change)
    assert texts(reviewer.pipelines(changed)) == (
        "training, step Train: instance type parameter TrainingInstanceType → ml.m5.2xlarge"
    )


def test_a_hyperparameter_breaks_the_cache_of_its_step(
    reviewer: Reviewer, changed: Templates
) -> None:
    def change(definition: Body) -> None:
        _step(definition, "Train")["Arguments"]["HyperParameters"]["eta"] = "0.1"

    changed.pipeline("training", change)
    reported = texts(reviewer.pipelines(changed))
    assert "training, step Train: hyperparameter eta 0.1 is new" in reported
    assert (
        "cache: broken at Train (its hyperparameters changed); Evaluate and ModelQualityBaseline "
        "run again, too, for they read new results; the run after that" in reported
    )
    assert "not from a cache in any run: RegisterModel" in reported
    assert _again(reviewer, changed) == ["Train", "Evaluate", "ModelQualityBaseline"]


def test_a_new_step(reviewer: Reviewer, changed: Templates) -> None:
    def change(definition: Body) -> None:
        new = {**_step(definition, "Evaluate"), "Name": "EvaluateOnRecent", "DependsOn": ["Train"]}
        definition["Steps"].append(new)

    changed.pipeline("training", change)
    reported = texts(reviewer.pipelines(changed))
    assert (
        "training, step EvaluateOnRecent: new, Processing, after Preprocess and Train" in reported
    )


def test_a_removed_step(reviewer: Reviewer, changed: Templates) -> None:
    def change(definition: Body) -> None:
        definition["Steps"] = [
            each for each in definition["Steps"] if each["Name"] != "DataQualityBaseline"
        ]
        text = json.dumps(definition["Steps"]).replace("Steps.DataQualityBaseline", "Steps.Train")
        definition["Steps"] = json.loads(text)

    changed.pipeline("training", change)
    reported = texts(reviewer.pipelines(changed))
    assert "training, step DataQualityBaseline: removed" in reported


def test_a_new_dependency_and_the_loss_of_one(reviewer: Reviewer, changed: Templates) -> None:
    def change(definition: Body) -> None:
        _step(definition, "Train")["DependsOn"] = ["DataQualityBaseline"]
        inputs = _step(definition, "DataQualityBaseline")["Arguments"]["ProcessingInputs"]
        inputs[0]["S3Input"]["S3Uri"] = "s3://${DataBucketName}/baseline/"

    changed.pipeline("training", change)
    reported = texts(reviewer.pipelines(changed))
    assert "training, step Train: now waits for DataQualityBaseline" in reported
    assert "training, step DataQualityBaseline: no longer waits for Preprocess" in reported
    assert "step DataQualityBaseline: source of input baseline_dataset_input" in reported


def test_a_parameters_default_names_where_it_is_used(
    reviewer: Reviewer, changed: Templates
) -> None:
    def change(definition: Body) -> None:
        for each in definition["Parameters"]:
            if each["Name"] == "TrainingInstanceType":
                each["DefaultValue"] = "ml.m5.xlarge"
            if each["Name"] == "Seed":
                each["DefaultValue"] = 43

    changed.pipeline("training", change)
    reported = texts(reviewer.pipelines(changed))
    assert (
        "training, parameter TrainingInstanceType: default ml.m5.large → ml.m5.xlarge "
        "(instance type of Train)" in reported
    )
    # The seed is a hyperparameter of Train and so in its key; Preprocess has it as an argument.
    assert _again(reviewer, changed)[0] == "Preprocess"


def test_changed_code_breaks_the_cache_wherever_it_is_read(
    reviewer: Reviewer, changed: Templates
) -> None:
    def change(definition: Body) -> None:
        inputs = _step(definition, "Preprocess")["Arguments"]["ProcessingInputs"]
        digest = inputs[0]["S3Input"]["S3Uri"].rpartition("/")[2]
        text = json.dumps(definition).replace(digest, "0" * 64)
        definition.update(json.loads(text))

    changed.pipeline("training", change)
    reported = texts(reviewer.pipelines(changed))
    assert "steps Preprocess, Train and Evaluate: the code changed" in reported
    assert (
        "cache: broken at Preprocess (its inputs changed), Train (its inputs changed) and Evaluate "
        "(its inputs changed); DataQualityBaseline and ModelQualityBaseline run again, too, "
        "for they read new results" in reported
    )
    again = _again(reviewer, changed)
    assert again[0] == "Preprocess"
    baselines = {"DataQualityBaseline", "ModelQualityBaseline"}
    assert set(again) == {"Preprocess", "Train", "Evaluate", *baselines}


def test_what_is_in_no_cache_key_breaks_no_cache(reviewer: Reviewer, changed: Templates) -> None:
    def change(definition: Body) -> None:
        _step(definition, "Train")["Arguments"]["StoppingCondition"]["MaxRuntimeInSeconds"] = 60

    changed.pipeline("training", change)
    assert texts(reviewer.pipelines(changed)) == (
        "training, step Train: longest run in seconds 3600 → 60"
    )


def test_isolation_that_is_turned_off_is_a_warning(reviewer: Reviewer, changed: Templates) -> None:
    def change(definition: Body) -> None:
        _step(definition, "Train")["Arguments"]["EnableNetworkIsolation"] = False

    changed.pipeline("training", change)
    (finding,) = reviewer.pipelines(changed)
    assert finding.weight.value == "warning"
    assert finding.as_json()["text"] == "training, step Train: network isolation on → off"


def test_a_condition(reviewer: Reviewer, changed: Templates) -> None:
    def change(definition: Body) -> None:
        conditions = _step(definition, "CheckQuality")["Arguments"]["Conditions"]
        conditions[0]["RightValue"] = 9.5

    changed.pipeline("training", change)
    reported = texts(reviewer.pipelines(changed))
    assert "training, step CheckQuality: condition 0: right side" in reported
    assert "→ 9.5" in reported


def test_an_order_that_means_nothing_is_no_change(reviewer: Reviewer, changed: Templates) -> None:
    def change(definition: Body) -> None:
        inputs = _step(definition, "Preprocess")["Arguments"]["ProcessingInputs"]
        inputs.reverse()
        definition["Parameters"].reverse()

    changed.pipeline("training", change)
    reported = reviewer.pipelines(changed)
    assert [each for each in reported if each.facts.get("change") != "cache"] == []
