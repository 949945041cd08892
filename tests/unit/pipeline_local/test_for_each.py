"""ForEach steps: what their bodies see, and what comes of a failure."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.jobs.work import StepFailed
from pipeline_local.runs.checks import check
from pipeline_local.runs.run_state import Status
from pipeline_local.steps.for_each import items_of
from pipeline_schema.definition import parse_definition
from tests.unit.pipeline_local.scheduling import Recorder, statuses, work_step

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline_local.jobs.work import Work
    from pipeline_local.runs.run_state import RunState


def loop(items: Any, *body: dict[str, Any], **more: Any) -> dict[str, Any]:
    arguments = {"IterableItems": items, "MaxConcurrency": 2, "ForEachBody": list(body), **more}
    return {"Name": "Loop", "Type": "ForEach", "Arguments": arguments}


def get(reference: str) -> dict[str, str]:
    return {"Get": reference}


def test_the_body_runs_once_for_each_item(
    execute: Callable[..., RunState], recorder: Recorder
) -> None:
    seen: dict[str, Any] = {}

    def note(work: Work) -> dict[str, Any]:
        seen[work.step.name] = work.arguments["Value"]
        return {}

    recorder.handlers = {f"{name}-{n}": note for name in ("First", "Second") for n in range(2)}
    outside = get("Steps.Before.Value")
    joined = {"Std:Join": {"On": "/", "Values": [get("Steps.First.Value"), outside]}}
    recorder.handlers["Before"] = lambda _work: {"List": '[{"name": "x"}, {"name": 2}]'}
    state = execute(
        loop(
            get("Steps.Before.List"),
            work_step("Second", Value=joined),
            work_step("First", Value=get("ForEach.CurrentItem.name")),
        ),
        {**work_step("Before", Value="b")},
        work_step("After", Value=get("Steps.Loop.IterationOutputs[1].Second.Value")),
    )
    assert state.status is Status.SUCCEEDED, state.failure
    assert seen == {"First-0": "x", "First-1": "2", "Second-0": "x/b", "Second-1": "2/b"}
    assert state.steps["After"].arguments == {"Value": "2/b"}
    assert set(statuses(state).values()) == {"Succeeded"}
    counts = ("InputItemCount", "TotalStepCount", "SucceededStepCount", "FailedStepCount")
    assert [state.steps["Loop"].properties[name] for name in counts] == [2, 4, 4, 0]


def test_a_failure_in_a_body_fails_the_step_and_names_the_iteration(
    execute: Callable[..., RunState], recorder: Recorder
) -> None:
    def fall(_work: Work) -> None:
        raise StepFailed("bad rows")

    recorder.handlers["Body-1"] = fall
    state = execute(loop(["a", "b"], work_step("Body")), work_step("After", "Loop"))
    assert statuses(state) == {"Loop": "Failed", "Body": "Waiting", "After": "Waiting"}
    assert state.failure == "Body-1: bad rows"


def test_iterations_run_beside_each_other(
    execute: Callable[..., RunState], recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    meet = threading.Barrier(2, timeout=5)
    recorder.handlers = {f"Body-{n}": lambda _work: meet.wait() and None for n in range(2)}
    assert execute(loop(["a", "b"], work_step("Body"))).status is Status.SUCCEEDED


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        (loop([], work_step("B")), "Arguments.IterableItems: 0 items, where 1 to 100 are taken"),
        (loop("a, b", work_step("B")), "Arguments.IterableItems: 'a, b' is no list, nor the JSON"),
        *(
            (loop(["a", item], work_step("B")), f"Arguments.IterableItems[1]: is {kind}; write it")
            for item, kind in (({"a": 1}, "an object"), ([1], "a list"), (None, "null"))
        ),
        (loop(["a"], work_step("B"), MaxConcurrency=0), "Arguments.MaxConcurrency: 0 is not"),
        (loop(["a"], work_step("B"), Selector={}), "Arguments.Selector: is refused"),
        (loop(["a"]), "Arguments.ForEachBody: there are no steps"),
        (loop(["a"], work_step("B"), work_step("B-0")), "Arguments.ForEachBody: B-0 is the name"),
        (
            loop(["a"], {"Name": "F", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}}),
            "Arguments.ForEachBody: F: Fail steps are not repeated",
        ),
        (
            loop(["a"], {**work_step("B"), "CacheConfig": {"Enabled": True}}),
            "Arguments.ForEachBody: B: CacheConfig: results are refused in a body",
        ),
    ],
)
@pytest.mark.usefixtures("recorder")
def test_what_cannot_be_repeated_is_named(changed: dict[str, Any], problem: str) -> None:
    with pytest.raises(MlopsError) as error:
        check(parse_definition("p", {"Steps": [changed]}))
    assert f"step Loop: {problem}" in str(error.value)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (get("ForEach.CurrentItem"), "there is no current item outside a ForEach"),
        (get("Steps.Body.Value"), "step Body is repeated; ask for Steps.Loop.IterationOutputs[i]"),
        (get("Steps.Loop.Selected.Value"), "a ForEach step has Status, InputItemCount"),
    ],
)
@pytest.mark.usefixtures("recorder")
def test_what_is_asked_of_a_loop_from_outside_is_checked(value: Any, problem: str) -> None:
    steps = [loop(["a"], work_step("Body")), work_step("After", Value=value)]
    with pytest.raises(MlopsError) as error:
        check(parse_definition("p", {"Steps": steps}))
    assert problem in str(error.value)


@pytest.mark.parametrize("value", ["a, b", '{"a": 1}', 5])
def test_items_that_are_no_list_fail_the_step(value: Any) -> None:
    with pytest.raises(StepFailed, match=r"IterableItems: .* is no list, nor the JSON text of one"):
        items_of(value)
