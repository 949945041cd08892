"""Fields of a wrong form, and those that nobody knows, are refused by name before a run."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline_local.runs.checks import _step_problems
from pipeline_schema.definition import Definition, DefinitionError, Step, parse_definition
from pipeline_schema.known_fields import FIELDS
from pipeline_schema.parameters import Parameter
from pipeline_schema.step_types import STEP_TYPES
from tests.unit.pipeline_local.test_local_definition import document, fail, processing, refused


def loop(items: Any, *body: Any) -> dict[str, Any]:
    arguments = {"IterableItems": items, "MaxConcurrency": 1, "ForEachBody": list(body)}
    return {"Name": "Loop", "Type": "ForEach", "Arguments": arguments}


def message(function: str, argument: Any) -> dict[str, Any]:
    return {"Name": "Say", "Type": "Fail", "Arguments": {"ErrorMessage": {function: argument}}}


def decision(name: str, **arguments: Any) -> dict[str, Any]:
    equal = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
    return {"Name": name, "Type": "Condition", "Arguments": {"Conditions": [equal], **arguments}}


@pytest.mark.parametrize("field", ["ParallelismConfig", "ParallelismConfiguration"])
@pytest.mark.parametrize(
    ("value", "line"),
    [
        *(
            ({"MaxParallelExecutionSteps": limit}, f".MaxParallelExecutionSteps: {limit!r} is not")
            for limit in ("2", 0, -1, True, 1.5, [], None, {"Get": "Parameters.Limit"})
        ),
        ({}, ".MaxParallelExecutionSteps: None is not"),
        ([3], ": is a list, not an object"),
        ({"MaxParallelExecutionSteps": 1, "Odd": 1}, ".Odd: is not a field of ParallelismConfig"),
    ],
)
def test_the_limit_of_parallel_steps_is_a_positive_integer(
    field: str, value: Any, line: str
) -> None:
    assert f"p: {field}{line}" in refused(document() | {field: value})


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"EnumValues": 5}, "EnumValues: is an Integer, not a list"),
        ({"EnumValues": "abc"}, "EnumValues: is a String, not a list"),
        ({"EnumValues": ["a", 5]}, "EnumValues: 5 is not of type String"),
        ({"MinLength": 7}, "MinLength: is not a field of a parameter"),
    ],
)
def test_a_parameter_s_fields(changes: dict[str, Any], line: str) -> None:
    changed = document()
    changed["Parameters"].append({"Name": "N", "Type": "String", "DefaultValue": "a", **changes})
    assert f"p: parameter N: {line}" in refused(changed)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ({"ExperimentName": {"Get": "Parameters.None"}}, ".ExperimentName: there is no parameter"),
        ({"TrialName": {"Get": "Execution.Odd"}}, ".TrialName: there is no execution variable"),
        ({"TrialName": {"Get": "Steps.A.B"}}, ".TrialName: there is no 'Steps.A.B' before a run"),
        ({"TrialName": {"Get": 5}}, ".TrialName: Get 5 is none of"),
        ({"ExperimentName": {}}, ".ExperimentName: {} is not of type string"),
        ({"ExperimentName": "a b"}, ".ExperimentName: 'a b' does not match"),
        ({"TrialName": "x" * 121}, ".TrialName: 121 characters is above the maximum of 120"),
        ({"Odd": "x"}, ".Odd: is not a field of PipelineExperimentConfig"),
        ("x", ": is a String, not an object"),
    ],
)
def test_an_experiment_s_name_exists_before_the_run(value: Any, line: str) -> None:
    changed = document() | {"PipelineExperimentConfig": value}
    assert f"p: PipelineExperimentConfig{line}" in refused(changed)


def test_an_experiment_named_by_the_run_is_accepted() -> None:
    names = {"ExperimentName": {"Get": "Execution.PipelineName"}, "TrialName": "t"}
    parse_definition("p", document() | {"PipelineExperimentConfig": names})


FIELD = "is not a field of"
POLICY = {"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 2, "Odd": 1}
FILE = {"PropertyFileName": "X", "OutputName": "train", "FilePath": "x.json", "Odd": 1}


@pytest.mark.parametrize(
    ("step", "line"),
    [
        (fail("A", DisplayName=5), "DisplayName: is an Integer, not a String"),
        (fail("A", Description=["x"]), "Description: is a list, not a String"),
        (fail("A", Description=0), "Description: is an Integer, not a String"),
        (fail("A", Arguments={"ErrorMessage": {}}), "ErrorMessage: is an object, not a String"),
        (processing("A", CacheConfig="yes"), "CacheConfig: is a String, not an object"),
        (processing("A", CacheConfig={"Odd": 1}), f"CacheConfig.Odd: {FIELD} CacheConfig"),
        (processing("A", RetryPolicies=[POLICY]), f"RetryPolicies[0].Odd: {FIELD} a retry policy"),
        (processing("A", PropertyFiles=[FILE]), f"PropertyFiles[0].Odd: {FIELD} a property file"),
        (fail("A", Arguments={"ErrorMessage": "x", "Odd": 1}), f"Arguments.Odd: {FIELD} a Fail"),
        (decision("A", Odd=1), f"Arguments.Odd: {FIELD} a Condition step's arguments"),
        (message("Std:Join", {"On": "", "Values": [], "Odd": 1}), f"Odd: {FIELD} Std:Join"),
        (message("Std:Join", {"On": 5, "Values": []}), "On is an Integer, not a String"),
        (
            message("Std:JsonGet", {"S3Uri": "s3://b/k", "Path": "a", "Odd": 1}),
            f"Odd: {FIELD} Std:JsonGet",
        ),
        (message("Std:JsonGet", {"S3Uri": 5, "Path": "a"}), "S3Uri is an Integer, not a String"),
        *(
            (message("Std:JsonGet", {"PropertyFile": file, "Path": "a"}), "PropertyFile is not the")
            for file in ("X", {"Get": "Parameters.Limit"}, {"Std:Join": {"Values": []}})
        ),
    ],
)
def test_a_step_s_fields(step: dict[str, Any], line: str) -> None:
    changed = document()
    changed["Steps"].append(step)
    said = refused(changed)
    assert f"step {step['Name']}: " in said
    assert line in said


KINDS: dict[str, Any] = {"Boolean": True, "Integer": 5, "Float": 1.5, "String": "x"}
KINDS |= {"list": [5], "object": {"a": 1}}


@pytest.mark.parametrize("field", FIELDS["a definition"])
def test_each_field_of_a_definition_has_one_json_type(field: str) -> None:
    wanted = {"Version": "String", "Parameters": "list", "Steps": "list"}.get(field, "object")
    for kind, value in KINDS.items():
        if kind != wanted:
            with pytest.raises(DefinitionError, match=f"p: {field}"):
                parse_definition("p", document() | {field: value})


@pytest.mark.parametrize(
    ("kind", "field", "wanted"),
    [
        (row.name, field, wanted)
        for row in STEP_TYPES.values()
        for field, wanted in row.settings.items()
    ],
)
def test_each_setting_of_a_step_has_one_json_type(kind: str, field: str, wanted: str) -> None:
    found = Definition("p", {"N": Parameter("N", "Integer")}, {})
    given = {**KINDS, "expression": {"Get": "Parameters.N"}, "text": {"Std:Join": {"Values": []}}}
    for name, value in given.items():
        lines = [*_step_problems(found, Step("A", kind, {}, settings={field: value}))]
        about = any(line.startswith(f"{field}: is of type ") for line in lines)
        assert about is (wanted not in (name, {"text": "String"}.get(name)))


def test_a_loop_has_a_body() -> None:
    changed = document()
    changed["Steps"].append(loop(["a"]))
    del changed["Steps"][-1]["Arguments"]["ForEachBody"]
    assert "step Loop: Arguments.ForEachBody: is missing" in refused(changed)


@pytest.mark.parametrize("at", [0, -1])
def test_no_step_has_the_name_of_an_iteration(at: int) -> None:
    changed = document()
    changed["Steps"].append(loop(["a"], processing("P")))
    changed["Steps"].insert(at if at == 0 else len(changed["Steps"]), fail("P-0"))
    assert "ForEachBody: P-0 is the name of an iteration of P" in refused(changed)


@pytest.mark.parametrize("text", ["[]", f"[{', '.join(['1'] * 101)}]"])
def test_a_parameter_with_too_few_or_too_many_items(text: str) -> None:
    changed = document()
    changed["Parameters"].append({"Name": "I", "Type": "String", "DefaultValue": "[1]"})
    changed["Steps"].append(loop({"Get": "Parameters.I"}, processing("P")))
    count = text.count("1")
    line = f"step Loop: Arguments.IterableItems: {count} items, where 1 to 100 are taken"
    assert line in refused(changed, {"I": text})
