"""One step of a pipeline, with the results of a run before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.runs import selection
from pipeline_local.runs.run_state import RunFolder, RunState, Status, StepState
from pipeline_local.runs.sources import Source
from pipeline_schema.definition import parse_definition

if TYPE_CHECKING:
    from pathlib import Path


def step(name: str, value: Any = 1, *after: str) -> dict[str, Any]:
    arguments = {"Value": value}
    return {"Name": name, "Type": "Processing", "Arguments": arguments, "DependsOn": list(after)}


INNER = step("Inner", {"Get": "Steps.B.X"}, "Other")
CHOICE = {
    "Name": "If",
    "Type": "Condition",
    "Arguments": {"Conditions": [{"LeftValue": {"Get": "Steps.B.X"}}], "IfSteps": [INNER]},
}
STEPS = [step("A"), step("B", {"Get": "Steps.A.X"}, "Other"), step("Other"), CHOICE]
DOCUMENT = {"Version": "2020-12-01", "Steps": STEPS}
DEFINITION = parse_definition("p", DOCUMENT)
SOURCE = Source("p", "dev-p", "1", "e", "aws", DOCUMENT, "p")


def a_run(run_id: str, started: str, *succeeded: str, **changes: Any) -> RunState:
    steps = {name: StepState("Processing", Status.SUCCEEDED) for name in succeeded}
    steps["Other"] = StepState("Processing", Status.FAILED)
    known = {"pipeline_name": "dev-p", **changes}
    return RunState(
        run_id, "p", known["pipeline_name"], "dev", "1", "e", "aws", {}, steps, started=started
    )


def saved(root: Path, *states: RunState) -> Path:
    for state in states:
        folder = RunFolder(root / "build" / "runs" / state.run_id)
        folder.folder.mkdir(parents=True)
        folder.save(state)
    return root


def test_a_nested_step_is_taken_out_with_what_it_reads() -> None:
    base = a_run("r", "2026", "A", "B")
    document = selection.select(DOCUMENT, DEFINITION, {"Inner"}, base)
    assert [item["Name"] for item in document["Steps"]] == ["A", "B", "Inner"]
    assert all(item["DependsOn"] == [] for item in document["Steps"])
    alone = parse_definition("p", document)
    states = selection.results(alone, {"Inner"}, base)
    assert [state.status for state in states.values()] == ["Succeeded", "Succeeded", "Waiting"]
    assert states["B"].origin == "from run r"
    assert alone.steps["Inner"].branch is None


def test_a_condition_is_decided_without_its_branches() -> None:
    document = selection.select(DOCUMENT, DEFINITION, {"If"}, a_run("r", "2026", "A", "B"))
    assert list(parse_definition("p", document).steps) == ["A", "B", "If"]


def test_the_latest_run_with_the_results_is_taken(tmp_path: Path) -> None:
    root = saved(
        tmp_path,
        a_run("aa", "2026-01-01", "A", "B"),
        a_run("bb", "2026-01-03", "A"),
        a_run("cc", "2026-01-02", "B"),
        a_run("dd", "2026-01-04", "B", pipeline_name="prod-p"),
    )

    def base_of(only: str, run_id: str | None = None) -> str:
        found = selection.find_base(DEFINITION, only, run_id, SOURCE, root)
        assert found is not None
        return found.run_id

    assert (base_of("Inner"), base_of("B"), base_of("A")) == ("cc", "bb", "bb")
    assert base_of("Inner", "a") == "aa"
    with pytest.raises(MlopsError, match="run bb has no result of B"):
        base_of("Inner", "bb")
    with pytest.raises(MlopsError, match="run dd is of prod-p"):
        base_of("Inner", "dd")
    with pytest.raises(MlopsError, match="has no such step, but A, B, Other, If, Inner"):
        base_of("C")


def test_without_any_run_a_first_step_can_run(tmp_path: Path) -> None:
    assert selection.find_base(DEFINITION, "A", None, SOURCE, tmp_path) is None
    with pytest.raises(MlopsError, match="no run of p has results of A"):
        selection.find_base(DEFINITION, "B", None, SOURCE, tmp_path)
    document = selection.select(DOCUMENT, DEFINITION, {"A"}, None)
    assert [item["Name"] for item in document["Steps"]] == ["A"]


def test_values_are_written_as_a_user_types_them() -> None:
    assert [selection.as_typed(value) for value in (True, 3, 0.5, "x")] == ["true", "3", "0.5", "x"]


def test_a_condition_decides_on_the_nested_steps_that_are_chosen_with_it() -> None:
    base = a_run("r", "2026", "A", "B")
    document = selection.select(DOCUMENT, DEFINITION, {"If", "Inner"}, base)
    assert list(parse_definition("p", document).steps) == ["A", "B", "If", "Inner"]
    assert [item["Name"] for item in document["Steps"]] == ["A", "B", "If"]


@pytest.mark.parametrize(
    ("chosen", "base", "problem"),
    [
        ({"A", "C"}, None, "step C: the pipeline has no such step"),
        ({"A", "Inner"}, None, "step B: stands between A and Inner"),
        ({"B"}, None, "step A: its results are needed, and no source execution is given"),
        ({"Inner"}, "A", "step B: its results are needed, and execution r has none"),
        ({"A", "B"}, None, ""),
        ({"B"}, "A", ""),
    ],
)
def test_what_cannot_be_chosen_is_named(chosen: set[str], base: str | None, problem: str) -> None:
    run = a_run("r", "2026", base) if base else None
    if not problem:
        selection.check_chosen(DEFINITION, chosen, run)
        return
    with pytest.raises(MlopsError, match=problem):
        selection.check_chosen(DEFINITION, chosen, run)
