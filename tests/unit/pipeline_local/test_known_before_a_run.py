"""What the definition alone says is refused before anything starts: no step fails of it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pipeline_local
from tests.unit.pipeline_local.judging import judge
from tests.unit.pipeline_local.known_cases import FOUND_OUT, SOUND, compared, named
from tests.unit.pipeline_local.test_local_definition import document

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNNER = Path(pipeline_local.__file__).parent
# Each function that fails a step, and why it knows no sooner.
IN_A_RUN_ONLY = {
    "jobs/containers.py:fresh_hosts": "the machine: namespaces for several hosts",
    "jobs/containers.py:inside": "paths that expressions make",
    "jobs/containers.py:run_containers": "the time that a job takes",
    "jobs/containers.py:_failure": "the job's end",
    "jobs/left_files.py:place_of": "files of a job",
    "jobs/left_files.py:_walk": "files of a job",
    "jobs/serving.py:code_uri": "models that an API call or an earlier run made",
    "jobs/serving.py:find_model": "models that an API call or an earlier run made",
    "jobs/serving.py:_served": "images of registered packages",
    "jobs/serving.py:place_model": "objects in S3",
    "jobs/serving.py:place_handlers": "the content of archives",
    "steps/baseline_checks.py:no_baseline": "the registry",
    "steps/baseline_checks.py:run_check": "the analyzer's answer",
    "steps/callback.py:run": "the answer",
    "steps/clarify_check.py:_analysis_config": "objects in S3",
    "steps/cleanup.py:_objects": "URIs that expressions make",
    "steps/decisions.py:fail": "it is what the step is for",
    "steps/for_each.py:run": "a defect of the runner",
    "steps/for_each.py:items_of": "lists that expressions make; others are checked with it",
    "steps/lambda_call.py:run": "the function's end",
    "steps/lambda_call.py:_output": "the function's answer",
    "steps/lineage.py:_arn": "names that expressions make",
    "steps/objects.py:make": "objects that the local AWS has",
    "steps/processing.py:_download_input": "objects in S3",
    "steps/queries/datasets.py:run_dataset": "tables and their rows",
    "steps/script_mode.py:place_code": "the content of archives; places that expressions make",
    "steps/training_artefacts.py:restore_checkpoints": "objects in S3",
    "steps/training_container.py:_download_channel": "objects in S3",
    "steps/transform.py:run": "records and their answers",
    "steps/transform.py:_serve": "the container's answer",
    "steps/tuning.py:run": "the trials' ends",
    "runs/attempts.py:_run_once": "errors of services and of this machine",
    "runs/iteration.py:__call__": "a step of the body that failed",
}


def judged(steps: list[dict[str, Any]]) -> str:
    found = document()
    return judge({**found, "Steps": [*found["Steps"][:2], *steps]})


@pytest.mark.parametrize("kind", FOUND_OUT)
def test_what_the_definition_says_is_refused_before_the_start(kind: str) -> None:
    steps, problem = FOUND_OUT[kind]
    assert problem in judged(steps)


@pytest.mark.parametrize("kind", SOUND)
def test_what_runs_is_taken(kind: str) -> None:
    assert judged(SOUND[kind]) == ""


def test_branches_apart_may_make_one_name() -> None:
    choice = compared(1, 2)
    choice["Arguments"] |= {"IfSteps": [named("One")], "ElseSteps": [named("Two", "b")]}
    assert judged([choice]) == ""


def failing(tree: ast.AST, inside: str = "") -> Iterator[str]:
    """Yield the innermost function around each failure of a step."""
    for node in ast.iter_child_nodes(tree):
        name = node.name if isinstance(node, ast.FunctionDef) else inside
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "StepFailed":
            yield name
        yield from failing(node, name)


def test_each_failure_of_a_step_is_one_that_only_a_run_knows() -> None:
    found = {
        f"{file.relative_to(RUNNER)}:{name}"
        for folder in ("jobs", "steps", "runs")
        for file in sorted((RUNNER / folder).rglob("*.py"))
        for name in failing(ast.parse(file.read_text(encoding="utf-8")))
    }
    assert found == IN_A_RUN_ONLY.keys(), "say why a run alone knows it, or check it before"
    assert set(failing(ast.parse("def f():\n    raise StepFailed('x')"))) == {"f"}
