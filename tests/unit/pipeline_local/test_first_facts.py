"""What is known of a step that did not succeed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.jobs.work import StepFailed
from pipeline_local.runs.pipeline_facts import metadata_of
from pipeline_local.steps.executors import EXECUTORS, Executor

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline_local.jobs.work import Work
    from pipeline_local.runs.run_state import RunState

JOBS = "arn:aws:sagemaker:eu-central-1:111122223333"
FUNCTION = "arn:aws:lambda:eu-central-1:111122223333:function:f"


def fails(_work: Work) -> dict[str, Any]:
    raise StepFailed("AlgorithmError")


@pytest.mark.parametrize(
    ("kind", "settings", "expected"),
    [
        ("Processing", {}, {"ProcessingJob": {"Arn": "processing-job/pipelines-abcdef012345-S-"}}),
        ("Training", {}, {"TrainingJob": {"Arn": "training-job/pipelines-abcdef012345-S-"}}),
        ("Tuning", {}, {"TuningJob": {"Arn": "hyper-parameter-tuning-job/"}}),
        ("Transform", {}, {"TransformJob": {"Arn": "transform-job/pipelines-abcdef012345-S-"}}),
        (
            "QualityCheck",
            {"CheckType": "DATA_QUALITY", "SkipCheck": False},
            {
                "QualityCheck": {
                    "CheckType": "DATA_QUALITY",
                    "SkipCheck": False,
                    "CheckJobArn": "processing-job/pipelines-abcdef012345-S-",
                }
            },
        ),
        ("Lambda", {"FunctionArn": FUNCTION}, {"Lambda": {"Arn": FUNCTION}}),
    ],
)
def test_a_failed_step_has_metadata(
    execute: Callable[..., RunState],
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    settings: dict[str, Any],
    expected: dict[str, Any],
) -> None:
    known = EXECUTORS[kind]
    executor = Executor(lambda _step: iter(()), fails, job_name=known.job_name)
    monkeypatch.setitem(EXECUTORS, kind, executor)
    monkeypatch.setattr("pipeline_local.runs.execution.value_problems", lambda _step: [])
    state = execute({"Name": "S", "Type": kind, "Arguments": {}, **settings})
    assert state.failure == "AlgorithmError"
    found = metadata_of(state.steps["S"])
    ((name, facts),) = expected.items()
    assert found.keys() == {name}
    assert found[name].keys() == facts.keys()
    for member, value in facts.items():
        whole = isinstance(value, str) and "/" in value
        wanted = f"{JOBS}:{value}" if whole else value
        assert found[name][member] == wanted or (whole and found[name][member].startswith(wanted))
