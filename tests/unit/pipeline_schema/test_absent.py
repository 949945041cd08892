"""Members that are null: not given in a structure, and refused in a map."""

from __future__ import annotations

from typing import Any

from pipeline_schema.definition import parse_definition
from pipeline_schema.requests import request_problems


def limits(most: Any) -> dict[str, Any]:
    config = {"ResourceLimits": {"MaxNumberOfTrainingJobs": most, "MaxParallelTrainingJobs": 1}}
    arguments = {"HyperParameterTuningJobConfig": {"Strategy": "Grid", **config}, "Tags": None}
    return {"Steps": [{"Name": "Tune", "Type": "Tuning", "Arguments": arguments}]}


def test_a_null_member_is_not_given() -> None:
    assert not request_problems(limits(None))
    assert len(request_problems(limits("many"))) == 1
    step = parse_definition("p", limits(None)).steps["Tune"]
    config = step.arguments["HyperParameterTuningJobConfig"]
    assert config["ResourceLimits"] == {"MaxParallelTrainingJobs": 1}
    assert "Tags" not in step.arguments


def test_a_null_in_a_map_is_refused() -> None:
    arguments = {"ModelName": "m", "Environment": {"A": None}}
    document = {"Steps": [{"Name": "Score", "Type": "Transform", "Arguments": arguments}]}
    assert "step Score: Environment.A: None is not of type string" in request_problems(document)
    step = parse_definition("p", document).steps["Score"]
    assert step.arguments == arguments


def test_a_null_of_a_part_is_not_given_and_of_other_types_is_a_value() -> None:
    action = {"ActionName": "a", "Description": None}
    steps = [
        {"Name": "L", "Type": "Lineage", "Arguments": {"Actions": [action], "Contexts": None}},
        {"Name": "C", "Type": "Lambda", "FunctionArn": "f", "Arguments": {"x": None}},
    ]
    found = parse_definition("p", {"Steps": steps}).steps
    assert found["L"].arguments == {"Actions": [{"ActionName": "a"}], "Contexts": None}
    assert found["C"].arguments == {"x": None}
