"""Values of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.cloudformation.parameters import described, kept_by_ssm, parameter_values
from pipeline_local.cloudformation.refusals import Refusal
from tests.unit.pipeline_local.cloudformation.conftest import queue

if TYPE_CHECKING:
    from tests.unit.pipeline_local.cloudformation.conftest import Cloud


def _given(**values: str) -> list[dict[str, Any]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def test_given_previous_and_default_values() -> None:
    declared = {
        "A": {"Type": "String", "Default": "a"},
        "B": {"Type": "String", "Default": "b"},
        "C": {"Type": "String"},
    }
    given = [*_given(C="c"), {"ParameterKey": "B", "UsePreviousValue": True}]
    values = parameter_values({"Parameters": declared}, given, {"A": "old", "B": "old"})
    assert values == {"A": "a", "B": "old", "C": "c"}


@pytest.mark.parametrize(
    ("body", "given", "words"),
    [
        ({}, {}, r"Parameters: \[P\] must have values"),
        ({}, {"P": "1", "Q": "1"}, r"Parameters: \[Q\] do not exist in the template"),
        ({"AllowedValues": ["a", "b"]}, {"P": "c"}, "must be one of AllowedValues"),
        ({"AllowedPattern": "[a-z]+"}, {"P": "C"}, "must match pattern"),
        (
            {"AllowedPattern": "[a-z]+", "ConstraintDescription": "is written small"},
            {"P": "C"},
            "'P' is written small",
        ),
        ({"MinLength": 2}, {"P": "c"}, "at least 2 characters"),
        ({"MaxLength": 2}, {"P": "abc"}, "at most 2 characters"),
        ({"Type": "Number"}, {"P": "abc"}, "must be a number"),
        ({"Type": "Number", "MinValue": 3}, {"P": "2"}, "not less than 3"),
        ({"Type": "Number", "MaxValue": 3}, {"P": "4"}, "not greater than 3"),
        (
            {"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]},
            {"P": "a,c"},
            "must be one of AllowedValues: c",
        ),
    ],
)
def test_what_a_parameter_does_not_allow(
    body: dict[str, Any], given: dict[str, str], words: str
) -> None:
    template = {"Parameters": {"P": {"Type": "String", **body}}}
    with pytest.raises(Refusal, match=words):
        parameter_values(template, _given(**given), {})


def test_a_value_is_read_from_ssm() -> None:
    class Ssm:
        def get_parameters(self, *, Names: list[str]) -> Any:  # noqa: N803 (of the API)
            return {"Parameters": [{"Name": n, "Value": "21"} for n in Names if n != "/none"]}

    declared = {"P": {"Type": "AWS::SSM::Parameter::Value<String>"}, "Q": {"Type": "String"}}
    template, client = {"Parameters": declared}, lambda _: Ssm()
    assert kept_by_ssm(template, {"P": "/x", "Q": "/y"}, client) == {"P": "21"}
    with pytest.raises(Refusal, match=r"Unable to fetch parameters \[/none\]"):
        kept_by_ssm(template, {"P": "/none", "Q": "/y"}, client)
    shown = described(template, {"P": "/x", "Q": "/y"}, {"P": "21"})
    assert shown[0] == {"ParameterKey": "P", "ParameterValue": "/x", "ResolvedValue": "21"}


def test_a_secret_value_is_not_shown(cloud: Cloud) -> None:
    template = {
        "Parameters": {"P": {"Type": "String", "NoEcho": True}},
        "Resources": {"A": queue(DelaySeconds={"Ref": "P"})},
    }
    stack = cloud.deploy("s", template, Parameters=_given(P="5"))
    assert stack["Parameters"] == [{"ParameterKey": "P", "ParameterValue": "****"}]
    (made,) = cloud.service.things.values()
    assert made["DelaySeconds"] == "5"


@pytest.mark.parametrize(("version", "holds"), [("6", True), ("3", False)])
def test_a_rule_on_parameters(cloud: Cloud, version: str, *, holds: bool) -> None:
    old = {"Fn::Not": [{"Fn::Contains": [["1", "2", "3"], {"Ref": "Version"}]}]}
    template = {
        "Parameters": {"Version": {"Type": "String"}},
        "Rules": {"Recent": {"Assertions": [{"Assert": old, "AssertDescription": "too old"}]}},
        "Resources": {"A": queue("a")},
    }
    if holds:
        cloud.deploy("s", template, Parameters=_given(Version=version))
    else:
        with pytest.raises(Refusal, match="rule Recent: too old"):
            cloud.deploy("s", template, Parameters=_given(Version=version))
