"""Tuning steps with real XGBoost jobs: the best is found, again and again, and after a kill."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pipeline_local.jobs.sandbox import namespaces_available
from pipeline_local.jobs.storage import split_uri
from pipeline_local.jobs.work import RunStopped, StepFailed
from pipeline_local.runs.checks import check
from pipeline_local.runs.execution import Execution
from pipeline_local.runs.run_state import RunFolder
from pipeline_local.steps import tuning
from pipeline_schema.definition import parse_definition
from pipeline_schema.property_paths import look_up, parse_path
from tests.archives import packed

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Bench

    from pipeline_local.runs.run_state import RunState
    from pipeline_schema.definition import Definition, Step

needs_namespaces = pytest.mark.skipif(
    not namespaces_available(), reason="the kernel gives this user no namespaces"
)
IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.2-0"
CATEGORICAL = {"CategoricalParameterRanges": [{"Name": "eta", "Values": ["0.4", "7"]}]}


@pytest.fixture
def put(bench: Bench) -> None:
    """Training and validation data: a plane, and some noise."""
    random = np.random.default_rng(1)
    for channel, count in (("train", 120), ("validation", 40)):
        features = random.uniform(0, 1, (count, 2))
        label = 3 * features[:, 0] + features[:, 1] + random.normal(0, 0.1, count)
        text = io.StringIO()
        np.savetxt(text, np.column_stack([label, features]), delimiter=",", fmt="%.6g")
        bench.s3.put(f"s3://data/{channel}/a.csv", text.getvalue())


def value(answer: dict[str, Any], path: str) -> Any:
    return look_up(answer, parse_path(path))


@needs_namespaces
@pytest.mark.usefixtures("put")
def test_the_best_of_a_grid_is_found_though_one_job_fails(
    bench: Bench, tuning_step: Callable[..., Step]
) -> None:
    work = bench.work(tuning_step("Grid", CATEGORICAL))
    answer = tuning.run(work)
    best = value(answer, "BestTrainingJob.TrainingJobName")
    assert value(answer, "BestTrainingJob.TunedHyperParameters") == {"eta": "0.4"}
    metric = value(answer, "BestTrainingJob.FinalHyperParameterTuningJobObjectiveMetric")
    assert metric["MetricName"] == "validation:rmse"
    assert 0 < metric["Value"] < 1
    assert value(answer, "TrainingJobSummaries[0].TrainingJobName") == best
    assert answer["TrainingJobStatusCounters"]["Completed"] == 1
    assert answer["TrainingJobStatusCounters"]["NonRetryableError"] == 1
    assert answer["ModelArtifacts"]["S3ModelArtifacts"] in bench.s3.uris()
    log = work.log.read_text()
    assert "trial 1 of 2: eta=0.4: validation:rmse 0." in log
    assert "trial 2 of 2: eta=7: failed: AlgorithmError" in log
    first = bench.context.log_of("Tune.001").read_text()
    assert "[7]\ttrain-rmse" in first
    assert len(value(answer, "HyperParameterTuningJobName")) <= 32
    records = [
        json.loads((bench.context.folder / "inner-jobs" / f"Tune.00{number}.json").read_text())
        for number in (1, 2)
    ]
    assert [each["status"] for each in records] == ["Succeeded", "Failed"]
    trial = records[0]["properties"]
    assert (trial["TrainingJobName"], trial["TunedHyperParameters"]) == (best, {"eta": "0.4"})
    assert trial["FinalHyperParameterTuningJobObjectiveMetric"] == metric
    assert trial["TuningJobArn"] == answer["HyperParameterTuningJobArn"]


@pytest.fixture
def script_step(bench: Bench, tuning_step: Callable[..., Step]) -> Callable[..., Step]:
    """Make a Tuning step of a script whose score is best at x = 0.3."""
    script = b"import sys; x = float(sys.argv[-1]); print(f'score={1 - (x - 0.3) ** 2};')"
    bench.s3.objects[split_uri("s3://data/code/sourcedir.tar.gz")] = packed({"train.py": script})
    code = "/opt/ml/input/data/code/sourcedir.tar.gz"
    source = {
        "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/code/sourcedir.tar.gz"}
    }

    def make(regex: str = r"score=(\S+);", **asked: Any) -> Step:
        algorithm = {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "score", "Regex": regex}],
        }
        job = {
            "AlgorithmSpecification": algorithm,
            "StaticHyperParameters": {
                "sagemaker_program": '"train.py"',
                "sagemaker_submit_directory": json.dumps(code),
            },
            "InputDataConfig": [{"ChannelName": "code", "DataSource": source}],
            **asked.pop("job", {}),
        }
        objective = {"Type": "Maximize", "MetricName": "score"}
        config = {"HyperParameterTuningJobObjective": objective}
        return tuning_step(ranges=around(0, 1), config=config, job=job, **asked)

    return make


def around(low: float, high: float) -> dict[str, Any]:
    x = {"Name": "x", "MinValue": str(low), "MaxValue": str(high)}
    return {"ContinuousParameterRanges": [x]}


@needs_namespaces
def test_a_resumed_search_runs_only_what_is_left_and_ends_the_same(
    bench: Bench, script_step: Callable[..., Step]
) -> None:
    undisturbed = tuning.run(bench.work(script_step()))
    log = bench.context.log_of("Tune.001")
    log.write_text("from before the kill")
    (bench.context.folder / "tuning" / "Tune" / "002.json").unlink()
    (bench.context.folder / "tuning" / "Tune" / "003.json").write_text("{")
    again = tuning.run(bench.work(script_step()))
    assert log.read_text() == "from before the kill"
    for summary in (*undisturbed["TrainingJobSummaries"], *again["TrainingJobSummaries"]):
        for key in ("CreationTime", "TrainingStartTime", "TrainingEndTime"):
            summary.pop(key, None)
    assert again == undisturbed
    # A job of another environment is another job.
    tuning.run(bench.work(script_step(jobs=1, job={"Environment": {"A": "1"}})))
    assert "score=" in log.read_text()


@needs_namespaces
def test_several_definitions_take_turns_and_the_best_of_all_wins(
    bench: Bench, script_step: Callable[..., Step]
) -> None:
    made = script_step(strategy="Bayesian", jobs=4)
    one = {
        **made.arguments.pop("TrainingJobDefinition"),
        "DefinitionName": "Near",
        "TuningObjective": {"Type": "Maximize", "MetricName": "score"},
        "HyperParameterRanges": around(0, 1),
    }
    far = {**one, "DefinitionName": "Far", "HyperParameterRanges": around(5, 6)}
    made.arguments["TrainingJobDefinitions"] = [one, far]
    del made.arguments["HyperParameterTuningJobConfig"]["ParameterRanges"]
    assert not list(tuning.problems(made))
    answer = tuning.run(bench.work(made))
    names = [item["TrainingJobDefinitionName"] for item in answer["TrainingJobSummaries"]]
    assert names == ["Near", "Near", "Far", "Far"]
    # What the SDK's get_top_model_s3_uri joins.
    second = value(answer, "TrainingJobSummaries[1].TrainingJobName")
    assert f"s3://models/tuned/{second}/output/model.tar.gz" in bench.s3.uris()
    best = answer["BestTrainingJob"]
    x = float(best["TunedHyperParameters"]["x"])
    score = best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    assert score == pytest.approx(1 - (x - 0.3) ** 2)


@needs_namespaces
def test_a_metric_that_nobody_reports_fails_the_step(
    bench: Bench, script_step: Callable[..., Step]
) -> None:
    with pytest.raises(StepFailed, match="no training job reported the objective metric score"):
        tuning.run(bench.work(script_step("nothing (.*) here", jobs=1)))


@needs_namespaces
def test_it_stops_when_the_target_is_reached(
    bench: Bench, script_step: Callable[..., Step]
) -> None:
    made = script_step(jobs=5)
    config = made.arguments["HyperParameterTuningJobConfig"]
    config["TuningJobCompletionCriteria"] = {"TargetObjectiveMetricValue": -100.0}
    work = bench.work(made)
    answer = tuning.run(work)
    assert len(answer["TrainingJobSummaries"]) == 2  # the first, and what ran beside it
    assert "no further trial: good enough" in work.log.read_text()


def test_all_jobs_failing_fails_the_step_and_a_stop_is_no_failure(
    bench: Bench, tuning_step: Callable[..., Step]
) -> None:
    with pytest.raises(StepFailed, match=r"all 3 training jobs failed; logs/Tune.003.log: .*train"):
        tuning.run(bench.work(tuning_step()))
    bench.context.stop.set()
    with pytest.raises(RunStopped):
        tuning.run(bench.work(tuning_step()))


class Nobody:
    """A listener that does not."""

    def changed(self, name: str, state: RunState) -> None: ...

    def tick(self, state: RunState) -> None: ...


@needs_namespaces
def test_other_steps_read_the_search_and_a_second_run_uses_it_again(
    bench: Bench,
    script_step: Callable[..., Step],
    fresh_state: Callable[[Definition, str], RunState],
) -> None:
    top = {
        "Std:Join": {
            "On": "/",
            "Values": [
                *("s3:/", "models", "tuned"),
                {"Get": "Steps.Tune.TrainingJobSummaries[0].TrainingJobName"},
                "output/model.tar.gz",
            ],
        }
    }
    best = "BestTrainingJob.FinalHyperParameterTuningJobObjectiveMetric.Value"
    test = {
        "Type": "LessThanOrEqualTo",
        "LeftValue": {"Get": f"Steps.Tune.{best}"},
        "RightValue": 1,
    }
    tune = {"Name": "Tune", "Type": "Tuning", "Arguments": script_step().arguments}
    reported = {"Name": "Tell", "Type": "Fail", "Arguments": {"ErrorMessage": top}}
    choice = {"Conditions": [test], "IfSteps": [reported], "ElseSteps": []}
    document = {
        "Version": "2020-12-01",
        "Steps": [
            {**tune, "CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"}},
            {"Name": "If", "Type": "Condition", "Arguments": choice},
        ],
    }

    def execute(run_id: str) -> RunState:
        context = replace(bench.context, run_id=run_id, folder=bench.context.folder.parent / run_id)
        definition = parse_definition("p", document)
        check(definition)
        state = fresh_state(definition, run_id)
        Execution(definition, state, RunFolder(context.folder), context, Nobody()).run()
        return state

    first = execute("first0000000")
    assert first.steps["Tune"].failure is None
    model = first.steps["Tune"].properties["ModelArtifacts"]["S3ModelArtifacts"]
    assert model in str(first.failure)
    second = execute("second000000")
    assert second.steps["Tune"].reused_from == "first0000000"
    assert model in str(second.failure)
    del bench.s3.objects[split_uri(model)]
    third = execute("third0000000")
    assert third.steps["Tune"].reused_from is None
    assert (
        third.steps["Tune"].properties["BestTrainingJob"]["TunedHyperParameters"]
        == (first.steps["Tune"].properties["BestTrainingJob"]["TunedHyperParameters"])
    )
