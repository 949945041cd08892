"""What the table of callers asks about model projects comes from the templates, of each one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from promises.caller_places import needs_none, values_of
from tests.unit.promises.callers import HERE, role_for, world_of_resources

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = "secure-mlops-crew-"
ROLE = {"Fn::GetAtt": ["Job", "Arn"]}


def _role() -> dict[str, Any]:
    role = role_for({"Service": "sagemaker.amazonaws.com"}, "sts:AssumeRole")
    role["Properties"]["RoleName"] = f"{PREFIX}job"
    return role


def _pipeline(name: str, group: str = "") -> dict[str, Any]:
    step = {"Name": "R", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": group}}
    body = json.dumps({"Version": "2020-12-01", "Steps": [step] if group else []})
    properties = {"PipelineDefinitionBody": body}
    return {
        "Type": "AWS::SageMaker::Pipeline",
        "Properties": {
            "PipelineName": f"{PREFIX}{name}",
            "PipelineDefinition": properties,
            "RoleArn": ROLE,
        },
    }


def _group(name: str) -> dict[str, Any]:
    properties = {"ModelPackageGroupName": f"{PREFIX}{name}"}
    return {"Type": "AWS::SageMaker::ModelPackageGroup", "Properties": properties}


def _schedule(name: str, pipeline: str) -> dict[str, Any]:
    start = json.dumps({"PipelineName": f"{PREFIX}{pipeline}"})
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution"}
    properties = {"Name": name, "GroupName": "crew", "Target": {**target, "Input": start}}
    return {"Type": "AWS::Scheduler::Schedule", "Properties": properties}


TWO = {
    f"{kind}{number}": resource
    for number, name in enumerate(("age", "churn"))
    for kind, resource in {
        "Training": _pipeline(name, f"{PREFIX}{name}"),
        "Batch": _pipeline(f"{name}-batch"),
        "Group": _group(name),
        "Promoted": _group(f"{name}-batch"),
        "Nightly": _schedule(f"{name}-batch", f"{name}-batch"),
        "Weekly": _schedule(name, name),
    }.items()
}
# Of a team's project: another's.
TEAM = {"Team": _pipeline("p-x", f"{PREFIX}p-x"), "TeamGroup": _group("p-x")}


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("trained", ["age", "churn"]),
        ("promoted", ["age-batch", "churn-batch"]),
        ("scheduled", ["age", "age-batch", "churn", "churn-batch"]),
    ],
)
def test_each_project_is_asked_about(tmp_path: Path, place: str, found: list[str]) -> None:
    world = world_of_resources(tmp_path, {"Job": _role(), **TWO, **TEAM})
    values = sorted(text for (text,) in values_of(world, f"{{{place}}}", world.roles[0]))
    assert values == [f"{PREFIX}{name}" for name in found]


def test_schedules_of_batches_are_those_of_promoted_models(tmp_path: Path) -> None:
    world = world_of_resources(tmp_path, {"Job": _role(), **TWO})
    values = sorted(text for (text,) in values_of(world, "{batch-schedule}", world.roles[0]))
    here = f"arn:aws:scheduler:us-east-1:{HERE}:schedule/crew"
    assert values == [f"{here}/age-batch", f"{here}/churn-batch"]


def test_only_what_comes_with_pipelines_may_be_missing(tmp_path: Path) -> None:
    without = world_of_resources(tmp_path, {"Job": _role(), **TEAM})
    assert all(needs_none(without, name) for name in ("pipeline", "image", "group", "trained"))
    two = world_of_resources(tmp_path, {"Job": _role(), **TWO})
    assert not any(needs_none(two, name) for name in ("pipeline", "image", "group", "trained"))
    assert not any(needs_none(without, name) for name in ("prefix", "flow-log", "queue"))
