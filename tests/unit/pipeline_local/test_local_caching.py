"""When an earlier result takes the place of a job, and when not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.runs.caching import (
    cache_key,
    find_earlier,
    fingerprints,
    parse_duration,
    problems,
)
from pipeline_local.runs.run_state import RunFolder, RunState, Status, StepState
from pipeline_schema.definition import Step

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bench

CACHE = {"Enabled": True, "ExpireAfter": "P1D"}
REQUEST = {
    "AppSpecification": {"ImageUri": "i"},
    "ProcessingInputs": [{"InputName": "data"}],
    "Environment": {"A": "1"},
    "ProcessingOutputConfig": {"Outputs": [{"S3Output": {"S3Uri": "s3://out/run-1"}}]},
    "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large"}},
}
STEP = Step("Prepare", "Processing", REQUEST, cache=CACHE)


def key_of(**changes: Any) -> str | None:
    return cache_key(STEP, {**REQUEST, **changes}, {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P30D", timedelta(days=30)),
        ("PT1H30M", timedelta(minutes=90)),
        ("P1Y2M1W", timedelta(days=365 + 60 + 7)),
        ("p1m", timedelta(days=30)),
        ("30d", timedelta(days=30)),
        ("T16m", timedelta(minutes=16)),
        ("30dT5h", timedelta(days=30, hours=5)),
        ("PT0S", timedelta()),
        ("P", None),
        ("PT", None),
        ("P1DT", None),
        ("", None),
        ("1 day", None),
        (30, None),
    ],
)
def test_durations(text: object, expected: timedelta | None) -> None:
    assert parse_duration(text) == expected


def test_the_key_is_of_the_documented_attributes() -> None:
    assert key_of() is not None
    assert key_of() == key_of(ProcessingOutputConfig={}, ProcessingResources={})
    same_step = {key_of(), cache_key(replace(STEP, name="Other"), REQUEST, {})}
    changed = {
        key_of(AppSpecification={"ImageUri": "j"}),
        key_of(ProcessingInputs=[]),
        key_of(Environment={"A": "2"}),
    }
    assert len(same_step | changed) == 5
    assert cache_key(Step("A", "RegisterModel", {}), {}, {}) is None


@pytest.mark.parametrize(
    ("type_", "attribute", "counts"),
    [
        ("Training", "HyperParameters", True),
        ("Training", "ResourceConfig", False),
        ("Training", "OutputDataConfig", False),
        ("Transform", "ModelName", True),
        ("Transform", "TransformOutput", False),
        ("QualityCheck", "RegisterNewBaseline", True),
        ("QualityCheck", "FailOnViolation", False),
        ("Tuning", "HyperParameterTuningJobConfig", True),
    ],
)
def test_each_type_has_its_attributes(type_: str, attribute: str, counts: bool) -> None:
    step = Step("A", type_, {})
    without, with_it = cache_key(step, {}, {}), cache_key(step, {}, {attribute: "x"})
    assert (without != with_it) is counts


def test_of_a_tuned_training_job_only_some_attributes_count() -> None:
    step = Step("A", "Tuning", {})
    plain = cache_key(step, {"TrainingJobDefinition": {}}, {})
    assert plain == cache_key(step, {"TrainingJobDefinition": {"RoleArn": "r"}}, {})
    assert plain != cache_key(step, {"TrainingJobDefinition": {"InputDataConfig": []}}, {})


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"Enabled": "yes"}, "CacheConfig.Enabled: 'yes' is not true or false"),
        ({"Enabled": True, "ExpireAfter": "soon"}, "ExpireAfter: 'soon' is not an ISO 8601"),
    ],
)
def test_a_bad_configuration_is_reported(config: Any, words: str) -> None:
    (problem,) = problems(replace(STEP, cache=config))
    assert words in problem
    assert not list(problems(STEP))


def a_run(run_id: str, hours_ago: float, key: str | None, bench: Bench) -> RunState:
    """A run of long ago, whose step has put one file into S3."""
    uri = f"s3://out/{run_id}"
    bench.s3.put(f"{uri}/a.csv", "1")
    output = {"OutputName": "train", "S3Output": {"S3Uri": uri}}
    ended = (datetime.now(UTC) - timedelta(hours=hours_ago)).isoformat(timespec="milliseconds")
    step = StepState("Processing", Status.SUCCEEDED, ended, ended, 1, cache_key=key)
    step.properties = {"ProcessingOutputConfig": {"Outputs": [output]}}
    step.outputs = fingerprints(bench.context.store, step)
    return RunState(run_id, "p", "dev-p", "dev", "1", "e", "aws", {}, {"Prepare": step})


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def found(runs: Path, bench: Bench, *states: RunState, config: Any = CACHE) -> str | None:
    for state in states:
        RunFolder(runs / state.run_id).save(state)
    asking = RunState("new", "p", "dev-p", "dev", "1", "e", "aws", {}, {})
    store = bench.context.store
    step = replace(STEP, cache=config)
    earlier = find_earlier(step, str(key_of()), asking, runs, store)
    return earlier.run_id if earlier else None


def test_the_most_recent_result_within_the_time_is_used(runs: Path, bench: Bench) -> None:
    states = [a_run(name, age, key_of(), bench) for name, age in (("old", 25), ("mid", 5))]
    assert found(runs, bench, *states) == "mid"
    assert found(runs, bench, a_run("late", 2, key_of(), bench)) == "late"
    assert found(runs, bench, config={}) is None
    assert found(runs, bench, config={"Enabled": True, "ExpireAfter": "PT1H"}) is None


@pytest.mark.parametrize(
    "change",
    [
        {"cache_key": "other"},
        {"status": Status.FAILED},
        {"reused_from": "x"},
    ],
)
def test_only_results_of_the_same_arguments_that_were_computed_count(
    runs: Path, bench: Bench, change: dict[str, Any]
) -> None:
    state = a_run("one", 1, key_of(), bench)
    state.steps["Prepare"] = replace(state.steps["Prepare"], **change)
    assert found(runs, bench, state) is None


@pytest.mark.parametrize("where", ["pipeline_name", "region", "account"])
def test_another_pipeline_has_another_cache(runs: Path, bench: Bench, where: str) -> None:
    state = a_run("one", 1, key_of(), bench)
    setattr(state, where, "other")
    assert found(runs, bench, state) is None


def test_a_result_whose_outputs_are_gone_is_none(runs: Path, bench: Bench) -> None:
    older, newer = a_run("one", 2, key_of(), bench), a_run("two", 1, key_of(), bench)
    bench.s3.delete_object(Bucket="out", Key="two/a.csv")
    assert found(runs, bench, older, newer) == "one"
    bench.s3.put("s3://out/one/b.csv", "another")
    assert found(runs, bench) is None


def test_a_run_that_cannot_be_read_is_passed_over(runs: Path, bench: Bench) -> None:
    (runs / "broken").mkdir(parents=True)
    (runs / "broken" / "state.json").write_text(f'{{"{key_of()}')
    assert found(runs, bench, a_run("one", 1, key_of(), bench)) == "one"
