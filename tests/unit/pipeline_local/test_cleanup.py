"""Cleanup steps: what is deleted, and what is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps import cleanup
from pipeline_schema.definition import Step

if TYPE_CHECKING:
    from conftest import Bench

    from pipeline_schema.expressions import Reference

TRAINED = {"TrainingJobName": "job", "OutputDataConfig": {"S3OutputPath": "s3://models/run"}}
OUTPUT = {"OutputName": "out", "S3Output": {"S3Uri": "s3://out/a"}}
PROCESSED = {"ProcessingOutputConfig": {"Outputs": [OUTPUT]}}


class Results:
    """A scope with the results of two steps."""

    def value_of(self, reference: Reference) -> Any:
        known = {"Train": TRAINED, "Prepare": PROCESSED}
        if reference.step not in known:
            raise MlopsError("no result")
        return known[reference.step]

    def read_json(self, uri: str) -> Any:
        raise MlopsError(uri)


def clean(bench: Bench, *sources: dict[str, Any], given: bool = True) -> dict[str, Any]:
    for uri in ("s3://models/run/job/output/model.tar.gz", "s3://models/run/job-2/m"):
        bench.s3.put(uri, "m")
    for uri in ("s3://out/a/x", "s3://out/a/y", "s3://out/ab"):
        bench.s3.put(uri, "o")
    after = tuple(source["StepName"] for source in sources)
    step = Step("Clean", "Cleanup", {"Resources": {"S3": list(sources)}}, depends_on=after)
    if given:
        assert not list(cleanup.problems(step))
    return cleanup.run(replace(bench.work(step), scope=Results()))


def test_a_training_job_s_outputs_are_found_and_others_are_named(bench: Bench) -> None:
    named = {"StepName": "Prepare", "S3Uris": ["s3://out/a/x"]}
    answer = clean(bench, {"StepName": "Train"}, named, {"StepName": "Fallen"})
    assert answer["CleanedSteps"] == ["Train", "Prepare"]
    assert answer["SkippedSteps"] == ["Fallen"]
    assert bench.s3.uris() == ["s3://models/run/job-2/m", "s3://out/a/y", "s3://out/ab"]


def test_what_is_not_the_step_s_stays(bench: Bench) -> None:
    with pytest.raises(StepFailed, match="s3://out/ab is not below an output"):
        clean(bench, {"StepName": "Prepare", "S3Uris": ["s3://out/ab"]})
    assert len(bench.s3.uris()) == 5


def test_a_folder_that_only_the_run_knows_fails_the_step(bench: Bench) -> None:
    with pytest.raises(StepFailed, match="'s3://out/a/' names a folder"):
        clean(bench, {"StepName": "Prepare", "S3Uris": ["s3://out/a/"]}, given=False)
    assert len(bench.s3.uris()) == 5


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "Arguments.Resources.S3: must be a list of outputs to delete"),
        (
            {"Resources": {"S3": [{"StepName": "Prepare", "S3Uris": ["s3://out/a/"]}]}},
            "S3[0].S3Uris[0]: 's3://out/a/' names a folder; name each object",
        ),
        ({"Resources": {"S3": [5]}}, "Arguments.Resources.S3[0]: needs StepName"),
        (
            {"Resources": {"S3": [{"StepName": "Prepare", "S3Uris": []}]}},
            "S3[0].S3Uris: is no list of objects",
        ),
        ({"Resources": {"S3": [{"StepName": "A"}]}}, "[0].StepName: 'A' is not among the steps of"),
    ],
)
def test_another_form_is_named(arguments: dict[str, Any], problem: str) -> None:
    step = Step("Clean", "Cleanup", arguments, depends_on=("Prepare",))
    (found,) = cleanup.problems(step)
    assert problem in found
