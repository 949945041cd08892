"""Expressions, paths and conditions, as the service computes them."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.steps.decisions import condition_problems, holds
from pipeline_schema.expressions import Reference, evaluate, parse_reference, shape_problem, walk
from pipeline_schema.property_paths import PathError, look_up, parse_path, show_path

REPORT = {
    "regression_metrics": {"mse": {"value": 4.2}},
    "folds": [{"mse": 1}, {"mse": 2}],
    "a key": {"b.c": True},
}


class Values:
    """A scope with a fixed answer for everything."""

    def value_of(self, reference: Reference) -> Any:
        match reference.kind:
            case "parameter":
                return {"N": 3, "Rate": 0.5, "Flag": True, "Name": "x"}[reference.name]
            case "execution":
                return f"<{reference.name}>"
            case "property file":
                return REPORT
        return f"<{reference.step} {show_path(reference.path)}>"

    def read_json(self, uri: str) -> Any:
        return {"uri": uri}


def get(text: str) -> dict[str, str]:
    return {"Get": text}


def join(*values: Any, on: str = "") -> dict[str, Any]:
    return {"Std:Join": {"On": on, "Values": list(values)}}


def json_get(path: str, **source: Any) -> dict[str, Any]:
    return {
        "Std:JsonGet": {
            "Path": path,
            **(source or {"PropertyFile": get("Steps.E.PropertyFiles.Report")}),
        }
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (get("Parameters.N"), 3),
        (get("Parameters.Flag"), True),
        (get("Execution.PipelineExecutionId"), "<PipelineExecutionId>"),
        (
            get("Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"),
            "<Prepare ProcessingOutputConfig.Outputs.train.S3Output.S3Uri>",
        ),
        (join("s3:/", get("Parameters.Name"), get("Parameters.N"), on="/"), "s3://x/3"),
        (join(get("Parameters.Rate"), get("Parameters.Flag"), on=" "), "0.5 true"),
        (join("a", join("b", "c", on="-"), on="+"), "a+b-c"),
        (json_get("regression_metrics.mse.value"), 4.2),
        (json_get("folds[1].mse"), 2),
        (json_get("['a key']['b.c']"), True),
        (json_get("uri", S3Uri=join("s3://b/", get("Parameters.Name"))), "s3://b/x"),
        ({"A": [get("Parameters.N"), {"B": get("Parameters.Name")}]}, {"A": [3, {"B": "x"}]}),
        ({"Get": "Parameters.N", "Other": 1}, {"Get": "Parameters.N", "Other": 1}),
    ],
)
def test_values(value: Any, expected: Any) -> None:
    assert evaluate(value, Values()) == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (json_get("regression_metrics.mae"), "no 'mae' (there is: mse)"),
        (json_get("regression_metrics.mse"), "is an object, not a single value"),
        (json_get("folds[7].mse"), "leads nowhere"),
        (join({"a": 1}), "an object cannot be joined"),
        (get("Nothing.x"), "is none of Parameters."),
    ],
)
def test_values_that_cannot_be_had(value: Any, words: str) -> None:
    with pytest.raises(MlopsError) as error:
        evaluate(value, Values())
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ({"Std:Sum": {}}, "the function Std:Sum is not known"),
        ({"Std:Join": []}, "takes an object, not a list"),
        ({"Std:Join": {"On": ","}}, "Values is missing"),
        ({"Std:JsonGet": {"PropertyFile": {}}}, "Path is missing"),
        ({"Std:JsonGet": {"Path": "a"}}, "exactly one of PropertyFile and S3Uri"),
        ({"Std:JsonGet": {"Path": "a[", "S3Uri": "s3://b/k"}}, "is not a path"),
        ({"Get": "Steps.X"}, "is none of"),
        ({"Get": 5}, "is none of"),
    ],
)
def test_malformed_expressions(expression: dict[str, Any], words: str) -> None:
    assert words in str(shape_problem(expression))


def test_references_are_found_wherever_they_are() -> None:
    value = {"A": [join("x", get("Steps.T.ModelArtifacts.S3ModelArtifacts"))], "B": json_get("p")}
    places = {
        show_path(where): parse_reference(found["Get"]).step
        for where, found in walk(value)
        if "Get" in found
    }
    assert places == {"A[0]['Std:Join'].Values[1]": "T", "B['Std:JsonGet'].PropertyFile": "E"}


@pytest.mark.parametrize("text", ["", ".a", "a..b", "$..a", "a[１]", "a[", "a['b]", "a]b"])  # noqa: RUF001
def test_texts_that_are_no_paths(text: str) -> None:
    with pytest.raises(PathError):
        parse_path(text)


def test_lists_are_entered_by_name_or_place() -> None:
    outputs = [{"OutputName": "train", "Uri": 1}, {"OutputName": "test", "Uri": 2}]
    assert look_up(outputs, parse_path("['test'].Uri")) == 2
    assert look_up({"Outputs": outputs}, parse_path("Outputs[0].Uri")) == 1
    assert look_up({"Outputs": outputs}, parse_path("$['Outputs'][-1].Uri")) == 2
    with pytest.raises(PathError, match=r"'Outputs\[-3\]' leads nowhere"):
        look_up({"Outputs": outputs}, parse_path("$.Outputs[-3]"))
    with pytest.raises(PathError, match=r"there is: train, test"):
        look_up({"Outputs": outputs}, parse_path("Outputs['valid']"))
    assert look_up({"b": {"0": "x"}}, parse_path("b['0']")) == "x"
    with pytest.raises(PathError, match=r"'b\[0\]' leads nowhere"):
        look_up({"b": {"0": "x"}}, parse_path("b[0]"))


def compare(kind: str, left: Any, right: Any) -> dict[str, Any]:
    return {"Type": kind, "LeftValue": left, "RightValue": right}


YES, NO = compare("Equals", 1, 1), compare("Equals", 1, 2)


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        (compare("Equals", 5, 5.0), True),
        (compare("Equals", 1, True), False),
        (compare("Equals", "1", 1), False),
        (compare("Equals", "a", "a"), True),
        (compare("NotEquals", "a", "b"), True),
        (compare("NotEquals", 5, 5.0), False),
        (compare("GreaterThan", 2, 1), True),
        (compare("GreaterThan", 1, 1), False),
        (compare("GreaterThanOrEqualTo", 1, 1.0), True),
        (compare("LessThan", 1, 1), False),
        (compare("LessThan", -0.5, 0), True),
        (compare("LessThanOrEqualTo", 1, 1), True),
        (compare("LessThanOrEqualTo", 1.1, 1), False),
        (compare("LessThan", "2026-01-01", "2026-02-01"), True),
        ({"Type": "In", "QueryValue": "b", "Values": ["a", "b"]}, True),
        ({"Type": "In", "QueryValue": 1, "Values": ["1", True]}, False),
        ({"Type": "NotIn", "QueryValue": "b", "Values": ["a", "b"]}, False),
        ({"Type": "NotIn", "QueryValue": 1, "Values": ["1", True]}, True),
        ({"Type": "Not", "Condition": NO}, True),
        ({"Type": "Not", "Expression": NO}, True),
        ({"Type": "Or", "Conditions": [NO, YES]}, True),
        ({"Type": "Or", "Conditions": [NO, NO]}, False),
        ({"Type": "And", "Conditions": [YES, {"Type": "Not", "Condition": NO}]}, True),
        ({"Type": "And", "Conditions": [YES, NO]}, False),
    ],
)
def test_conditions(condition: dict[str, Any], outcome: bool) -> None:
    assert not list(condition_problems(condition, "here"))
    assert holds(condition) is outcome


def test_what_has_no_order_is_not_compared_by_order() -> None:
    with pytest.raises(MlopsError, match=r"LessThan cannot compare 'a' \(String\) with 1"):
        holds(compare("LessThan", "a", 1))


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"Type": "Between"}, "here: the condition type 'Between' is not known"),
        ({"Type": "Equals", "LeftValue": 1}, "here: Equals lacks RightValue"),
        (compare("GreaterThan", "abc", 5), "here: GreaterThan cannot compare 'abc' (String) with"),
        (compare("LessThan", {"Get": "Steps.A.B"}, True), "here: LessThan cannot compare True"),
        ({"Type": "Or", "Conditions": [{"Type": "Nor"}]}, "here.Conditions[0]: the condition"),
        ({"Type": "Not", "Condition": 5}, "here.Condition: is an Integer"),
        ({"Type": "Not", "Expression": 5}, "here.Expression: is an Integer"),
        ({"Type": "Not"}, "here: Not lacks Condition"),
        (
            {"Type": "Or", "Conditions": [YES | {"Odd": 1}]},
            "here.Conditions[0].Odd: is not a field of the condition Equals",
        ),
        ({"Type": "In", "QueryValue": 1, "Values": 2}, "here.Values: is an Integer, not a list"),
    ],
)
def test_malformed_conditions(condition: Any, words: str) -> None:
    assert words in "\n".join(condition_problems(condition, "here"))


def test_an_order_of_what_only_the_run_knows_is_not_judged() -> None:
    for other in (5, "abc", {"Get": "Steps.A.C"}):
        assert not list(condition_problems(compare("LessThan", {"Get": "Steps.A.B"}, other), "x"))
