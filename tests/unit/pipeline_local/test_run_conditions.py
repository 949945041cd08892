"""Steps that run because of what became of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.jobs.work import StepFailed
from pipeline_local.runs.run_state import Status
from pipeline_schema.definition import parse_definition
from tests.unit.pipeline_local.scheduling import Recorder, statuses, work_step

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline_local.jobs.work import Work
    from pipeline_local.runs.run_state import RunState


def after(name: str, trigger: str) -> dict[str, str]:
    return {"Step": name, "Trigger": trigger}


def fall(_work: Work) -> None:
    raise StepFailed("fell")


def test_a_step_runs_because_another_failed(
    execute: Callable[..., RunState], recorder: Recorder
) -> None:
    recorder.handlers["A"] = fall
    state = execute(
        work_step("A"),
        {**work_step("Tell"), "DependsOn": [after("A", "Failed")]},
        work_step("ThenClean", "Tell"),
        {**work_step("Always"), "DependsOn": [after("A", "Any")]},
        work_step("Next", "A"),
        work_step("Apart", "Next"),
    )
    assert statuses(state) == {
        "A": "Failed",
        "Tell": "Succeeded",
        "ThenClean": "Succeeded",
        "Always": "Succeeded",
        "Next": "Waiting",
        "Apart": "Waiting",
    }
    assert (state.status, state.failure) == (Status.COMPLETED_WITH_FAILURES, "fell")


def test_a_step_for_a_failure_is_not_taken_without_one(execute: Callable[..., RunState]) -> None:
    state = execute(
        work_step("A"),
        {**work_step("Tell"), "DependsOn": [after("A", "Failed")]},
        work_step("ThenClean", "Tell"),
        {**work_step("Always"), "DependsOn": [after("A", "Any")]},
    )
    assert statuses(state) == {
        "A": "Succeeded",
        "Always": "Succeeded",
        "Tell": "NotTaken",
        "ThenClean": "NotTaken",
    }
    assert state.status is Status.SUCCEEDED


def test_a_failure_that_nobody_answers_fails_the_run(
    execute: Callable[..., RunState], recorder: Recorder
) -> None:
    recorder.handlers["A"] = recorder.handlers["Tell"] = fall
    state = execute(work_step("A"), {**work_step("Tell"), "DependsOn": [after("A", "Failed")]})
    assert state.status is Status.FAILED


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (after("A", "Stopped"), "DependsOn[0].Trigger: 'Stopped' is refused; Completed, Failed"),
        ({"Step": "A"}, "DependsOn[0]: is no step's name, nor Step and Trigger"),
        (5, "DependsOn[0]: is no step's name"),
    ],
)
def test_run_conditions_of_another_form_are_named(entry: Any, problem: str) -> None:
    steps = [work_step("A"), {**work_step("B"), "DependsOn": [entry]}]
    with pytest.raises(MlopsError) as error:
        parse_definition("p", {"Steps": steps})
    assert problem in str(error.value)
