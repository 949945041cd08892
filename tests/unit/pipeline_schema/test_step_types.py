"""The table of step types agrees with the SDK, with the API's model, and is the only one."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_definitions import sdk
from pipeline_definitions.catalog import pipeline_files
from pipeline_local.steps.executors import EXECUTORS, type_problem
from pipeline_schema.api_model import request_shape, service_model
from pipeline_schema.step_type import EACH, UNKNOWN, JobRequest
from pipeline_schema.step_types import STEP_TYPES, step_type
from pipeline_schema.walking import all_steps, nested_steps, values_in, without_nested

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline_schema.step_type import StepType

ROOT = Path(__file__).resolve().parents[3]
# The API tells of these steps, for which the SDK has no type.
WITHOUT_TYPE = {
    *("Athena", "BedrockCustomModel", "BedrockCustomModelDeployment"),
    *("BedrockModelImport", "BedrockProvisionedModelThroughput", "HubContent"),
}
# Where the name of a type means something else.
ELSEWHERE = {
    "a member of IAM statements and of templates": (
        {"Condition"},
        (
            *("packages/cloud_assembly/", "packages/iam_prover/", "packages/mlops/bootstrap/"),
            *("packages/promises/mutation/", "packages/promises/world/"),
            *("packages/promises/callers.py", "packages/promises/organization.py"),
            *("packages/mlops/guardrails/policies.py", "packages/mlops/review/matching.py"),
            "packages/pipeline_local/cloudformation/",
            "packages/pipeline_local/local_aws/deployed_functions.py",
            "packages/pipeline_local/local_aws/cloud_patches/iam_simulation.py",
        ),
    ),
    "an intrinsic function, or the section of a template": (
        {"ForEach", "Transform"},
        (
            *("packages/promises/world/", "packages/cloud_assembly/language_extensions.py"),
            "packages/pipeline_local/cloudformation/template.py",
        ),
    ),
    "a member of a Not": ({"Condition"}, ("packages/pipeline_local/steps/decisions.py",)),
    "a member of a resource, a dimension": (
        {"Endpoint"},
        (
            *("packages/promises/", "packages/pipeline_local/monitor/"),
            "packages/pipeline_local/cloudformation/types/",
        ),
    ),
    "words of what to use instead": (
        {"Processing", "Training", "Transform", "Tuning"},
        ("packages/pipeline_local/local_aws/sagemaker_operations.py",),
    ),
    "a status": ({"Training"}, ("packages/pipeline_local/steps/job_facts.py",)),
    "a kind of the API's objects": (
        {"Endpoint", "EndpointConfig", "InferenceComponent", "Job", "Model"},
        (
            "packages/pipeline_local/local_aws/cloud_patches/sagemaker_objects.py",
            "packages/pipeline_local/local_aws/sagemaker_operations.py",
            "packages/pipeline_local/local_aws/search_api.py",
        ),
    ),
    "the name of a step of ours": ({"RegisterModel"}, ("packages/mlops/demonstration/",)),
    "the name of a construct": ({"Processing", "Training"}, ("stacks/",)),
    "trials are run as training jobs": (
        {"Training"},
        (
            "packages/pipeline_local/steps/tuning.py",
            "packages/pipeline_local/steps/tuning_checks.py",
        ),
    ),
    "the secondary status of a training job": (
        {"Training"},
        ("packages/pipeline_local/local_aws/job_records.py",),
    ),
    "the tables": (
        {*STEP_TYPES, *(key for row in STEP_TYPES.values() for key in row.nested)},
        ("packages/pipeline_schema/step_types.py", "packages/pipeline_local/steps/executors.py"),
    ),
}
# What a check step has beside the request of its job ("QualityCheck step", "ClarifyCheck step").
CHECK_SETTINGS = {
    *("CheckType", "ModelName", "ModelPackageGroupName", "RegisterNewBaseline", "SkipCheck"),
    *("SuppliedBaselineConstraints", "SuppliedBaselineStatistics"),
}
# Checks leave behind what their processing job does, a tuning what its best training job does.
OF_JOBS = ("DescribeProcessingJobResponse", "DescribeTrainingJobResponse")
ROWS = [pytest.param(row, id=row.name) for row in STEP_TYPES.values()]


def names_in(source: str) -> Iterator[tuple[str, int]]:
    """Yield the literals of a module that are names of step types or of their nested steps."""
    names = ELSEWHERE["the tables"][0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in names:
            yield node.value, node.lineno


def test_every_type_of_the_sdk_has_a_row() -> None:
    assert set(STEP_TYPES) == {each.value for each in sdk.StepTypeEnum}


def test_every_type_that_the_api_tells_of_has_a_row() -> None:
    shape: Any = service_model().shape_for("PipelineExecutionStepMetadata")
    assert {row.metadata for row in STEP_TYPES.values()} == set(shape.members) - WITHOUT_TYPE


def test_the_runner_runs_what_the_table_says() -> None:
    assert set(EXECUTORS) == {row.name for row in STEP_TYPES.values() if not row.refused}
    for name, row in STEP_TYPES.items():
        assert row.refused in (type_problem(name) or "")
        assert bool(row.refused) == bool(type_problem(name))
    assert UNKNOWN in str(type_problem("Sorcery"))


@pytest.mark.parametrize("row", ROWS)
def test_what_a_row_says_of_the_api_is_in_the_api(row: StepType) -> None:
    request: Any = request_shape(row.operation) if row.operation else None
    properties: Any = row.properties_shape and service_model().shape_for(row.properties_shape)
    if request:
        assert not row.named_by_service or row.named_by_service in request.required_members
        compared = {name.partition(".")[0] for name in row.cache_attributes}
        assert compared <= {*request.members, *CHECK_SETTINGS}
    if row.group:
        assert row.group in request.members
    if row.arn:
        assert row.arn in properties.members
    for place in row.inputs:
        assert member(request, place.path) == "string"
    for place in row.artefacts:
        shapes = [service_model().shape_for(name) for name in OF_JOBS]
        held = [each for each in (properties, *shapes) if each and place.path[0] in each.members]
        assert member(held[0], place.path) == "string"
    for path, _ in row.predicted.values():
        assert not path or member(request, path) == "string"


@pytest.mark.parametrize("row", [row for row in STEP_TYPES.values() if row.job])
def test_what_a_row_says_of_a_job_is_in_its_request(row: StepType) -> None:
    job = row.job or JobRequest()
    for request in held_in(request_shape(row.operation), job.definitions):
        assert not job.role or member(request, [job.role]) == "string"
        assert job.network is None or member(request, [*job.network, "VpcConfig"]) == "structure"
        assert not job.cluster or member(request, [*job.cluster, "VolumeKmsKeyId"]) == "string"
        assert not job.output or member(request, [job.output, "KmsKeyId"]) == "string"


def held_in(shape: Any, definitions: Iterable[str]) -> list[Any]:
    held = [shape.members[name] for name in definitions]
    return [each.member if each.type_name == "list" else each for each in held] or [shape]


def member(shape: Any, path: Iterable[str]) -> str:
    for part in path:
        shape = shape.member if part == EACH else shape.members[part]
    return str(shape.type_name)


def test_no_other_module_names_a_type() -> None:
    found = {}
    # A pipeline names its steps as it likes, an adopter's, too.
    files = pipeline_files().values()
    pipelines = [each.parent if each.name == "pipeline.py" else each for each in files]
    pipelines.append(ROOT / "pipeline_definitions" / "tabular")
    for top in ("packages", "pipeline_definitions", "stacks", "constructs"):
        for path in sorted((ROOT / top).rglob("*.py")):
            if any(path.is_relative_to(each) for each in pipelines):
                continue
            place = path.relative_to(ROOT).as_posix()
            for name, line in names_in(path.read_text(encoding="utf-8")):
                known = any(
                    name in names and place.startswith(places)
                    for names, places in ELSEWHERE.values()
                )
                if not known:
                    found[f"{place}:{line}"] = name
    assert not found


def test_a_named_type_is_seen() -> None:
    source = 'if step["Type"] == "Transform":\n    walk(step["Arguments"].get("IfSteps"))'
    assert list(names_in(source)) == [("Transform", 1), ("IfSteps", 2)]


def test_steps_are_walked_however_deep_they_are_nested() -> None:
    inner = {"Name": "C", "Type": "Training", "Arguments": {"IfSteps": "kept"}}
    loop = {"Name": "B", "Type": "ForEach", "Arguments": {"ForEachBody": [inner]}}
    outer = {"Name": "A", "Type": "Condition", "Arguments": {"ElseSteps": [loop], "IfSteps": None}}
    definition = {"Steps": [outer, {"Name": "D", "Type": "Fail", "Arguments": "wrong"}]}
    assert [step["Name"] for step in all_steps(definition)] == ["A", "B", "C", "D"]
    assert nested_steps(outer) == outer["Arguments"]
    assert without_nested(outer) == {**outer, "Arguments": {}}
    assert without_nested(inner) == inner
    assert list(all_steps({})) == []


def test_values_come_with_their_places() -> None:
    value = {"a": [1, {"b": 2}]}
    assert list(values_in(value)) == [
        ((), value),
        (("a",), value["a"]),
        (("a", 0), 1),
        (("a", 1), {"b": 2}),
        (("a", 1, "b"), 2),
    ]
    assert len(list(values_in(value, whole=lambda each: isinstance(each, list)))) == 2


def test_an_unknown_type_knows_nothing() -> None:
    for name in ("Sorcery", None, 5, ["Training"]):
        row = step_type(name)
        assert row.refused == UNKNOWN
        assert row.job is None
        assert not row.operation
