"""How many instances a pipeline's jobs need at once."""

from __future__ import annotations

from typing import Any

from mlops.doctor.job_instances import instances_needed

SMALL = ("ml.m5.large", "processing")


def _job(name: str, *after: str, count: Any = 1) -> dict[str, Any]:
    cluster = {"InstanceType": {"Get": "Parameters.Type"}, "InstanceCount": count}
    return {
        "Name": name,
        "Type": "Processing",
        "DependsOn": list(after),
        "Arguments": {"ProcessingResources": {"ClusterConfig": cluster}},
    }


def _needed(*steps: dict[str, Any]) -> dict[tuple[str, str], int]:
    parameters = [
        {"Name": "Type", "Type": "String", "DefaultValue": "ml.m5.large"},
        {"Name": "Count", "Type": "Integer", "DefaultValue": 3},
    ]
    document = {"Version": "2020-12-01", "Parameters": parameters, "Steps": list(steps)}
    return dict(instances_needed({"one": document}))


def test_steps_after_one_another_share_instances_and_others_do_not() -> None:
    assert _needed(_job("A"), _job("B", "A"), _job("C", "B")) == {SMALL: 1}
    assert _needed(_job("A"), _job("B", "A"), _job("C", "A"), _job("D", "B", "C")) == {SMALL: 2}
    assert _needed(_job("A"), _job("B", count={"Get": "Parameters.Count"})) == {SMALL: 4}


def test_of_two_branches_only_one_runs() -> None:
    condition = {
        "Name": "Choice",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [{"Type": "Equals", "LeftValue": 1, "RightValue": 1}],
            "IfSteps": [_job("A"), _job("B")],
            "ElseSteps": [_job("C", count=3)],
        },
    }
    assert _needed(condition) == {SMALL: 3}
