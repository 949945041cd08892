"""A new step type is a row of each of the two tables and a module that runs it; all else asks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mlops.review.caches import runs_again, runs_always
from pipeline_local.report.lineage import origins
from pipeline_local.report.outputs import read_outputs
from pipeline_local.runs.checks import check
from pipeline_local.runs.execution import Execution
from pipeline_local.runs.pipeline_facts import metadata_of
from pipeline_local.runs.run_state import RunFolder, Status
from pipeline_local.steps.executors import EXECUTORS, Executor
from pipeline_schema.definition import DefinitionError, parse_definition
from pipeline_schema.requests import request_problems
from pipeline_schema.response_fields import MADE, response_table
from pipeline_schema.step_type import JobRequest, Place, StepType
from pipeline_schema.step_types import STEP_TYPES
from promises.pipeline_steps import jobs_of
from stacks.alarms import steps_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_local.runs.run_state import RunState
    from pipeline_schema.definition import Definition, Step
    from tests.unit.pipeline_local.conftest import Bench

COMPILED = ("OutputConfig", "S3OutputLocation")
ROW = StepType(
    "Compilation",
    operation="CreateCompilationJob",
    named_by_service="CompilationJobName",
    resource="compilation-job",
    job=JobRequest(output="OutputConfig"),
    properties_shape="DescribeCompilationJobResponse",
    cache_attributes=("InputConfig",),
    inputs=(Place(("InputConfig", "S3Uri"), "model"),),
    artefacts=(Place(("ModelArtifacts", "S3ModelArtifacts"), "compiled model"),),
    predicted={"ModelArtifacts.S3ModelArtifacts": (COMPILED, "/model.tar.gz")},
    metadata="Compilation",
    arn="CompilationJobArn",
)


class Compiler:
    """The executor's module."""

    def __init__(self) -> None:
        self.runs = 0

    def problems(self, step: Step) -> Iterator[str]:
        if "OutputConfig" not in step.arguments:
            yield "OutputConfig: is missing"

    def run(self, work: Work) -> dict[str, Any]:
        self.runs += 1
        uri = f"{work.arguments['OutputConfig']['S3OutputLocation']}/model.tar.gz"
        work.run.store.client.put_object(Bucket="models", Key=uri[len("s3://models/") :], Body=b"m")
        return {
            "CompilationJobArn": work.run.arn("compilation-job", work.job_name),
            "ModelArtifacts": {"S3ModelArtifacts": uri},
        }


class Silent:
    def changed(self, name: str, state: RunState) -> None: ...

    def tick(self, state: RunState) -> None: ...


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> Compiler:
    made = Compiler()
    monkeypatch.setitem(STEP_TYPES, ROW.name, ROW)
    judged = {"CompilationJobArn": MADE, "ModelArtifacts": MADE}
    monkeypatch.setitem(response_table(), "DescribeCompilationJob", judged)
    monkeypatch.setitem(EXECUTORS, ROW.name, Executor(made.problems, made.run))
    return made


def document(**arguments: Any) -> dict[str, Any]:
    step = {
        "Name": "Compile",
        "Type": "Compilation",
        "CacheConfig": {"Enabled": True},
        "Arguments": {
            "RoleArn": "arn:aws:iam::111122223333:role/job",
            "InputConfig": {"S3Uri": "s3://models/in.tar.gz", "Framework": "XGBOOST"},
            "OutputConfig": {"S3OutputLocation": "s3://models/out", "KmsKeyId": "key"},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            **arguments,
        },
    }
    compiled = {"Get": "Steps.Compile.ModelArtifacts.S3ModelArtifacts"}
    last = {"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": compiled}}
    return {"Version": "2020-12-01", "Steps": [step, last]}


@pytest.mark.usefixtures("compiler")
def test_it_is_validated() -> None:
    good = document()
    check(parse_definition("p", good), api_problems=request_problems(good))
    assert request_problems(document(InputConfig={})) == [
        "step Compile: InputConfig.S3Uri: is missing",
        "step Compile: InputConfig.Framework: is missing",
    ]
    bad = document()
    bad["Steps"][1]["Arguments"]["ErrorMessage"] = {"Get": "Steps.Compile.ModelArtifacts.Nothing"}
    with pytest.raises(DefinitionError, match="ModelArtifacts has no 'Nothing'"):
        check(parse_definition("p", bad))
    del bad["Steps"][0]["Arguments"]["OutputConfig"]
    with pytest.raises(DefinitionError, match="step Compile: OutputConfig: is missing"):
        check(parse_definition("p", bad))


def test_it_runs_once_and_is_reported(
    bench: Bench, compiler: Compiler, fresh_state: Callable[[Definition, str], RunState]
) -> None:
    definition = parse_definition("p", document())
    states = []
    for run_id in ("one", "two"):
        context = replace(
            bench.context, run_id=run_id, folder=bench.context.folder.with_name(run_id)
        )
        state = fresh_state(definition, run_id)
        folder = RunFolder(context.folder)
        Execution(definition, state, folder, context, Silent()).run()
        states.append(state)
    assert compiler.runs == 1
    first, second = (state.steps["Compile"] for state in states)
    assert first.status is second.status is Status.SUCCEEDED
    assert second.cached
    assert states[0].steps["End"].failure == "s3://models/out/model.tar.gz"
    assert metadata_of(first) == {"Compilation": {"Arn": first.properties["CompilationJobArn"]}}
    (output,) = read_outputs(states[0], bench.context.store)
    assert (output.name, output.uri) == ("compiled model", "s3://models/out/model.tar.gz")
    assert len(output.files) == 1
    (origin,) = origins(first, [], states[0], None)
    assert (origin.name, origin.uri) == ("model", "s3://models/in.tar.gz")


@pytest.mark.usefixtures("compiler")
def test_review_proofs_and_alarms_know_it() -> None:
    changed = document(InputConfig={"S3Uri": "s3://models/other", "Framework": "XGBOOST"})
    before, after = (parse_definition("p", each) for each in (document(), changed))
    (again,) = runs_again(before, after)
    assert (again.step, again.because) == ("Compile", ("InputConfig",))
    assert runs_always(after) == ()
    (job,) = jobs_of("p", document())
    assert (job.action, job.resource_type) == ("CreateCompilationJob", "compilation-job")
    assert (job.reads, job.writes) == (("s3://models/in.tar.gz",), ("s3://models/out",))
    assert job.facts == {"OutputKmsKey": ("key",)}
    assert steps_of(document()) == ["Compile"]


def test_without_its_rows_it_is_refused() -> None:
    with pytest.raises(DefinitionError, match="'Compilation' cannot run here: no such type"):
        check(parse_definition("p", document()))
