"""Which step runs when, and what becomes of the run."""

from __future__ import annotations

import errno
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from mlops_common.errors import MlopsError
from pipeline_local.jobs.work import StepFailed, Work
from pipeline_local.runs.run_state import RunFolder, RunState, Status, find_run
from pipeline_schema.retries import JOB_EXCEPTIONS, STEP_EXCEPTIONS, RetryPolicy
from pipeline_schema.step_type import StepType
from pipeline_schema.step_types import STEP_TYPES
from tests.unit.pipeline_local.scheduling import Recorder, statuses, work_step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Bench


def choice(name: str, value: Any, yes: list[Any], no: list[Any]) -> dict[str, Any]:
    test = {"Type": "Equals", "LeftValue": value, "RightValue": 1}
    arguments = {"Conditions": [test], "IfSteps": yes, "ElseSteps": no}
    return {"Name": name, "Type": "Condition", "Arguments": arguments}


def test_steps_wait_for_what_they_need(
    execute: Callable[..., RunState], recorder: Recorder
) -> None:
    value = {"Get": "Steps.A.Value"}
    state = execute(work_step("C", "B"), work_step("B", Value=value), work_step("A", Value=7))
    started = [event for event in recorder.events if event.endswith("Executing")]
    assert started == ["A Executing", "B Executing", "C Executing"]
    assert state.status is Status.SUCCEEDED
    assert state.steps["B"].arguments == {"Value": 7}


def test_independent_steps_run_at_the_same_time(
    execute: Callable[..., RunState], recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    meet = threading.Barrier(2, timeout=5)
    recorder.handlers = dict.fromkeys("AB", lambda _work: meet.wait() and None)
    assert execute(work_step("A"), work_step("B")).status is Status.SUCCEEDED


@pytest.mark.parametrize(("value", "taken", "left"), [(1, "Yes", "No"), (2, "No", "Yes")])
def test_one_side_of_a_condition_runs(
    execute: Callable[..., RunState], value: int, taken: str, left: str
) -> None:
    inner = choice("Inner", 1, [work_step("Deep")], [])
    state = execute(
        work_step("A", Value=value),
        choice("If", {"Get": "Steps.A.Value"}, [work_step("Yes"), inner], [work_step("No")]),
        work_step("After", "Yes"),
    )
    found = statuses(state)
    assert (found[taken], found[left]) == ("Succeeded", "NotTaken")
    assert found["Deep"] == found["After"] == found["Yes"]
    assert state.status is Status.SUCCEEDED


def test_a_failed_step_fails_the_run_and_no_other_starts(
    execute: Callable[..., RunState], recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    failed = threading.Event()

    def fail(_work: Work) -> None:
        failed.set()
        raise StepFailed("AlgorithmError: bad rows")

    recorder.handlers = {"A": fail, "B": lambda _work: failed.wait(5) and time.sleep(0.1)}
    state = execute(work_step("A"), work_step("B"), work_step("C", "B"), work_step("D", "A"))
    assert statuses(state) == {"A": "Failed", "B": "Succeeded", "C": "Waiting", "D": "Waiting"}
    assert (state.status, state.failure) == (Status.FAILED, "AlgorithmError: bad rows")


def test_a_fail_step_gives_the_reason(execute: Callable[..., RunState]) -> None:
    message = {"Std:Join": {"On": " ", "Values": ["too", {"Get": "Steps.A.Value"}]}}
    end = {"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": message}}
    state = execute(work_step("A", Value="low"), choice("If", 2, [], [end]))
    assert (state.status, state.failure) == (Status.FAILED, "too low")


def test_a_missing_value_fails_the_step(execute: Callable[..., RunState]) -> None:
    state = execute(work_step("A"), work_step("B", Value={"Get": "Steps.A.Other"}))
    assert state.steps["B"].status is Status.FAILED
    assert "Steps.A: 'Other' leads nowhere" in str(state.failure)


def test_a_resumed_run_repeats_no_finished_step(
    execute: Callable[..., RunState], recorder: Recorder
) -> None:
    def fail(_work: Work) -> None:
        raise StepFailed("first time")

    steps = (work_step("A", Value=3), work_step("B", Value={"Get": "Steps.A.Value"}))
    recorder.handlers = {"B": fail}
    broken = execute(*steps)
    recorder.handlers = {"A": lambda _work: pytest.fail("A has succeeded already")}
    state = execute(*steps, state=RunState.from_json(broken.to_json()))
    assert state.status is Status.SUCCEEDED
    assert state.failure is None
    assert state.steps["B"].arguments == {"Value": 3}


def test_ctrl_c_stops_the_run(
    execute: Callable[..., RunState], recorder: Recorder, bench: Bench
) -> None:
    def interrupted(_state: RunState) -> None:
        raise KeyboardInterrupt

    recorder.tick = interrupted  # type: ignore[method-assign]
    recorder.handlers = {"A": lambda work: work.run.stop.wait(5) and None}
    state = execute(work_step("A"), work_step("B", "A"))
    assert bench.context.stop.is_set()
    assert state.status is Status.STOPPED
    assert state.steps["B"].status is Status.WAITING


def test_retry_policies_are_followed(execute: Callable[..., RunState], recorder: Recorder) -> None:
    failures = iter([StepFailed("x", "SageMaker.JOB_INTERNAL_ERROR"), StepFailed("y")])

    def fail(_work: Work) -> None:
        raise next(failures)

    recorder.handlers = {"A": fail}
    policy = {
        "ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"],
        "IntervalSeconds": 0,
        "MaxAttempts": 5,
    }
    state = execute({**work_step("A"), "RetryPolicies": [policy]})
    assert (state.failure, state.steps["A"].attempts) == ("y", 2)


def answer_of(code: str, status: int) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "CreateModel")


@pytest.mark.parametrize(
    ("error", "exception"),
    [
        (answer_of("ThrottlingException", 400), "Step.THROTTLING"),
        (answer_of("InternalError", 503), "Step.SERVICE_FAULT"),
        (EndpointConnectionError(endpoint_url="http://x"), "Step.SERVICE_FAULT"),
        (answer_of("ResourceLimitExceeded", 400), "SageMaker.RESOURCE_LIMIT"),
        (OSError(errno.ENOSPC, "No space left on device"), "SageMaker.CAPACITY_ERROR"),
        (OSError(errno.EIO, "Input/output error"), "SageMaker.JOB_INTERNAL_ERROR"),
        (answer_of("ValidationException", 400), ""),
        (MlopsError("no object under s3://b/k"), ""),
    ],
)
def test_a_failure_is_retried_as_what_the_service_calls_it(
    execute: Callable[..., RunState], recorder: Recorder, error: Exception, exception: str
) -> None:
    def fail(_work: Work) -> None:
        raise error

    recorder.handlers = {"A": fail}
    known = (*STEP_EXCEPTIONS, *JOB_EXCEPTIONS)
    others = [name for name in known if name != exception]
    common = {"IntervalSeconds": 0, "BackoffRate": 1.0}
    policies = [
        {**common, "ExceptionType": others, "MaxAttempts": 7},
        *([{**common, "ExceptionType": [exception], "MaxAttempts": 2}] if exception else []),
    ]
    state = execute({**work_step("A"), "RetryPolicies": policies})
    assert state.steps["A"].attempts == (3 if exception else 1)


def test_waits_grow_by_the_rate_and_end_with_the_time() -> None:
    policy = RetryPolicy.parse(
        {"ExceptionType": [], "IntervalSeconds": 10, "BackoffRate": 3.0, "ExpireAfterMin": 2}
    )
    assert [policy.wait_before(retry, 0) for retry in (1, 2, 3)] == [10, 30, 90]
    assert policy.wait_before(3, 31) is None
    assert RetryPolicy.parse({"ExceptionType": []}).wait_before(2, 0) == 2.0  # the service's own


def test_a_run_has_one_owner_and_a_dead_one_is_seen(
    execute: Callable[..., RunState], bench: Bench, tmp_path: Path
) -> None:
    state = execute(work_step("A"))
    folder = RunFolder(bench.context.folder)
    state.status = state.steps["A"].status = Status.EXECUTING
    folder.save(state)
    with folder.owned(), pytest.raises(MlopsError, match="is being executed already"):
        RunFolder(folder.folder).owned().__enter__()
    with folder.owned():
        assert RunFolder(folder.folder).load().status is Status.EXECUTING
    assert folder.load().status is Status.INTERRUPTED
    assert folder.load().steps["A"].status is Status.INTERRUPTED
    with pytest.raises(MlopsError, match="there is no run 'zz'"):
        find_run(tmp_path, "zz")


def test_a_cached_step_takes_the_earlier_result_of_an_equal_step(
    execute: Callable[..., RunState],
    recorder: Recorder,
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(STEP_TYPES, "Test", StepType("Test", cache_attributes=("Value",)))
    cached = {"CacheConfig": {"Enabled": True, "ExpireAfter": "PT1H"}}
    steps = ({**work_step("A", Value=3), **cached}, work_step("B", Value={"Get": "Steps.A.Value"}))
    first = execute(*steps)
    assert not first.steps["A"].cached

    calls: list[str] = []
    recorder.handlers = {name: lambda work: calls.append(work.step.name) for name in "AB"}
    bench.context = replace(
        bench.context, run_id="two", folder=bench.context.folder.with_name("two")
    )
    second = execute(*steps)
    assert calls == ["B"]
    assert second.steps["A"].origin == f"from cache of run {first.run_id}"
    assert second.steps["A"].properties == first.steps["A"].properties
    assert second.steps["B"].arguments == {"Value": 3}
    execute({**work_step("A", Value=4), **cached})
    assert calls == ["B", "A"]
