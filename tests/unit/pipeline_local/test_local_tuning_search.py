"""Ranges and strategies of a search, and what a Tuning step may not ask for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.steps import tuning
from pipeline_local.steps.executors import EXECUTORS, type_problem
from pipeline_local.steps.tuning_plan import plan_of
from pipeline_local.steps.tuning_ranges import read_ranges
from pipeline_local.steps.tuning_search import Trial, grid, propose
from pipeline_schema.property_paths import parse_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline_schema.definition import Step

GRID = {
    "CategoricalParameterRanges": [
        {"Name": "eta", "Values": ["0.1", "1"]},
        {"Name": "max_depth", "Values": ["2", "3"]},
    ]
}
CONFIG = "HyperParameterTuningJobConfig"
CATEGORICAL = {"CategoricalParameterRanges": [{"Name": "eta", "Values": ["0.01", "0.4", "7"]}]}
MIXED = {
    "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "4"}],
    "ContinuousParameterRanges": [
        {"Name": "eta", "MinValue": "0.001", "MaxValue": "1", "ScalingType": "Logarithmic"},
        {"Name": "keep", "MinValue": "0", "MaxValue": "0.999", "ScalingType": "ReverseLogarithmic"},
        {"Name": "wide", "MinValue": "1", "MaxValue": "1000"},
    ],
    "CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b"]}],
}


def ranges(content: dict[str, Any]) -> Any:
    return read_ranges(content)


def test_scaling_says_where_the_middle_of_a_range_lies() -> None:
    middle = {item.name: item.value_at(0.5) for item in ranges(MIXED)}
    assert float(middle["eta"]) == pytest.approx(math.sqrt(0.001))
    assert float(middle["keep"]) == pytest.approx(1 - math.sqrt(0.001))
    assert float(middle["wide"]) == pytest.approx(math.sqrt(1000))
    assert (middle["depth"], middle["kind"]) == ("3", "b")
    for item in ranges(MIXED):
        assert item.value_at(0)[:5] in {"2", "a", "0.0", "0.001", "1.0"}
        assert item.value_at(0.999999999) != item.value_at(0)
    depths = next(item for item in ranges(MIXED) if item.name == "depth")
    assert [depths.value_at(x) for x in (0.1, 0.4, 0.9, 1.0)] == ["2", "3", "4", "4"]


def test_random_proposals_depend_on_seed_and_number_only() -> None:
    def first(seed: int) -> list[dict[str, str]]:
        return [propose("Random", ranges(MIXED), [], number, seed) for number in range(5)]

    assert first(1) == first(1)
    assert first(1) != first(2)
    assert len({tuple(item.items()) for item in first(1)}) == 5
    small = ranges(CATEGORICAL)
    tried: list[Trial] = []
    for number in range(3):
        tried.append(Trial(propose("Random", small, tried, number, 3), 1.0))
    assert {trial.values["eta"] for trial in tried} == {"0.01", "0.4", "7"}


def test_a_grid_is_every_combination() -> None:
    two = {
        "CategoricalParameterRanges": [
            {"Name": "b", "Values": ["1", "2"]},
            {"Name": "a", "Values": ["x", "y", "z"]},
        ]
    }
    found = grid(ranges(two))
    assert len(found) == 6
    assert found[:2] == [{"a": "x", "b": "1"}, {"a": "x", "b": "2"}]


def _bowl(values: dict[str, str]) -> float:
    eta, depth = float(values["eta"]), int(values["depth"])
    return (math.log10(eta) + 1.3) ** 2 + (depth - 7) ** 2 / 20 + (values["kind"] != "b") * 0.5


def test_bayesian_search_is_better_than_random_and_repeats_itself() -> None:
    space = ranges(
        {
            "IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "12"}],
            "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.001", "MaxValue": "1"}],
            "CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b", "c"]}],
        }
    )

    def search(strategy: str, seed: int, count: int = 13) -> list[Trial]:
        trials: list[Trial] = []
        for number in range(count):
            # One job runs beside: the last result is not known yet.
            shown = [*trials[:-1], *(Trial(item.values) for item in trials[-1:])]
            values = propose(strategy, space, shown, number, seed)
            trials.append(Trial(values, _bowl(values)))
        return trials

    def best(strategy: str, seed: int) -> float:
        return min(trial.loss or 0.0 for trial in search(strategy, seed))

    seeds = range(2)
    assert sum(best("Bayesian", seed) for seed in seeds) < 0.5 * sum(
        best("Random", seed) for seed in seeds
    )
    assert search("Bayesian", 1, 8) == search("Bayesian", 1, 8)


def test_the_search_ends_when_nothing_gets_better(tuning_step: Callable[..., Step]) -> None:
    criteria = {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}
    plan = plan_of(tuning_step(config={"TuningJobCompletionCriteria": criteria}).arguments)
    assert not plan.is_done([None, 2.0, 1.0, 3.0, None])
    assert plan.is_done([None, 2.0, 1.0, 3.0, None, 1.0])


def test_a_sound_step_has_no_problems(tuning_step: Callable[..., Step]) -> None:
    script = {
        "StaticHyperParameters": {
            "sagemaker_program": "a.py",
            "sagemaker_submit_directory": "/opt/ml/input/data/code/a.tar.gz",
        },
        "AlgorithmSpecification": {
            **tuning_step().arguments["TrainingJobDefinition"]["AlgorithmSpecification"],
            "MetricDefinitions": [{"Name": "validation:rmse", "Regex": "(.*)"}],
        },
    }
    cluster = {"InstanceConfigs": [{"InstanceType": "ml.m5.large", "InstanceCount": 1}]}
    flexible = {"HyperParameterTuningResourceConfig": cluster, "ResourceConfig": None}
    for made in (
        tuning_step("Random"),
        tuning_step("Bayesian", MIXED, job=script),
        *(tuning_step("Grid", GRID, jobs) for jobs in (4, {"Get": "Parameters.Jobs"})),
        tuning_step(job=flexible),
    ):
        assert not list(tuning.problems(made))


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"strategy": "Best"}, f"{CONFIG}.Strategy: 'Best' is not one of Bayesian"),
        ({"jobs": 0}, f"{CONFIG}.ResourceLimits.MaxNumberOfTrainingJobs: 0 is not"),
        ({"strategy": "Grid"}, f"{CONFIG}.ParameterRanges.ContinuousParameterRanges: Grid varies"),
        (
            {
                "ranges": {
                    "IntegerParameterRanges": [{"Name": "a", "MinValue": "1.5", "MaxValue": "2"}]
                }
            },
            f"{CONFIG}.ParameterRanges.IntegerParameterRanges[0].MinValue: '1.5' is not an integer",
        ),
        (
            {"ranges": {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0"}]}},
            f"{CONFIG}.ParameterRanges.ContinuousParameterRanges[0].MaxValue: None is not a number",
        ),
        (
            {"job": {"StaticHyperParameters": {"eta": "1"}}},
            "TrainingJobDefinition.StaticHyperParameters.eta: has a range too",
        ),
        (
            {"job": {"StaticHyperParameters": {"num_round": "2", "max_depth": "x"}}},
            "TrainingJobDefinition.StaticHyperParameters.max_depth: 'x' is not an integer",
        ),
        (
            {
                "config": {
                    "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "mse"}
                }
            },
            f"{CONFIG}.HyperParameterTuningJobObjective.MetricName: 'mse'; the algorithm has",
        ),
        *(
            (
                {"strategy": "Grid", "ranges": GRID, "jobs": jobs},
                f"{CONFIG}.ResourceLimits.MaxNumberOfTrainingJobs: {jobs} is not the 4 combin",
            )
            for jobs in (2, 5)
        ),
        *(
            ({"config": {"RandomSeed": seed}}, f"{CONFIG}.RandomSeed: {seed!r} is not an integer")
            for seed in (-1, 1.5, True, "7")
        ),
        *(
            (
                {
                    "ranges": {
                        "IntegerParameterRanges": [
                            {"Name": "a", "MinValue": "-1", "MaxValue": "1", end: value}
                        ]
                    }
                },
                f"{CONFIG}.ParameterRanges.IntegerParameterRanges[0].{end}: {value!r} is not exact",
            )
            for end, value in (("MinValue", f"-{2**53}"), ("MaxValue", f"{2**53 + 1}"))
        ),
        (
            {"strategy": "Grid", "ranges": CATEGORICAL},
            f"{CONFIG}.ParameterRanges.CategoricalParameterRanges[0].Values[2]: eta: '7' is not",
        ),
        ({"TrainingJobDefinitions": []}, "TrainingJobDefinition: exactly one"),
    ],
)
def test_what_cannot_be_done_is_reported_before_anything_starts(
    tuning_step: Callable[..., Step], asked: dict[str, Any], problem: str
) -> None:
    found = list(tuning.problems(tuning_step(**asked)))
    assert any(line.startswith(problem) for line in found), found


def test_properties_are_those_of_the_service(tuning_step: Callable[..., Step]) -> None:
    def reported(path: str) -> str | None:
        return tuning.property_problem(tuning_step(), parse_path(path))

    assert reported("BestTrainingJob.TrainingJobName") is None
    assert reported("TrainingJobSummaries[2].TrainingJobName") is None
    assert "keeps its 3 best" in str(reported("TrainingJobSummaries[3].TrainingJobName"))
    assert "has no 'Name'" in str(reported("TrainingJobSummaries[0].Name"))
    assert "has no 'ModelArtifacts'" in str(reported("ModelArtifacts.S3ModelArtifacts"))


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("EMR", "no EMR cluster"),
        ("EMRServerless", "no EMR application"),
    ],
)
def test_what_needs_others_is_refused_with_the_reason(kind: str, why: str) -> None:
    assert why in str(type_problem(kind))
    assert kind not in EXECUTORS
