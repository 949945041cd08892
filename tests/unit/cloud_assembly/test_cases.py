"""Cases of parameters' values: each that conditions can tell apart, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloud_assembly.cases import MOST_CASES, follow, permitted
from cloud_assembly.intrinsics import Resolver
from cloud_assembly.stack import Stack
from mlops_common.symbols import open_in

if TYPE_CHECKING:
    from cloud_assembly.cases import Case

ACCOUNT, REGION = "123456789012", "eu-central-1"


def _values(
    value: object, parameters: dict[str, Any], *, alone: bool = False, **sections: Any
) -> list[tuple[str, Any]]:
    """List the cases of a value, and what it is in each."""
    template = {"Parameters": parameters, "Resources": {}, **sections}
    stack = Stack("team", ACCOUNT, REGION, template, alone=alone)

    def build(case: Case) -> Any:
        (settled,) = case.settled([stack])
        return Resolver([settled], case).resolve(value, settled)

    found, too_many = follow([stack], build)
    assert not too_many
    return [(str(case), built) for case, built in found]


def test_a_parameter_without_a_value_is_open_and_its_default_a_case() -> None:
    parameters = {"Name": {"Type": "String", "Default": "data"}}
    assert _values({"Ref": "Name"}, parameters) == [("", "+team.Name@Value+"), ("defaults", "data")]


def test_each_of_few_allowed_values_is_a_case_and_many_are_open() -> None:
    few = {"Size": {"Type": "String", "AllowedValues": ["small", "large"]}}
    assert _values({"Ref": "Size"}, few) == [("Size=small", "small"), ("Size=large", "large")]
    many = {"Days": {"Type": "Number", "AllowedValues": list(range(20))}}
    assert _values({"Ref": "Days"}, many) == [("", "+team.Days@Value+")]


def test_a_comparison_tells_values_apart_and_its_cases_agree() -> None:
    conditions = {
        "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
        "IsTest": {"Fn::Equals": [{"Ref": "Stage"}, "test"]},
    }
    value = [{"Fn::If": ["IsProd", "yes", "no"]}, {"Fn::If": ["IsTest", "yes", "no"]}]
    found = _values(value, {"Stage": {"Type": "String"}}, Conditions=conditions)
    assert found == [
        ("Stage=prod", ["yes", "no"]),
        ("Stage=test", ["no", "yes"]),
        ("Stage other than 'prod', 'test'", ["no", "no"]),
    ]


def test_a_value_that_is_not_permitted_is_no_case() -> None:
    conditions = {"Own": {"Fn::Equals": [{"Ref": "Account"}, "nobody"]}}
    parameters = {"Account": {"Type": "String", "AllowedPattern": r"\d{12}"}}
    value = {"Fn::If": ["Own", "yes", "no"]}
    assert _values(value, parameters, Conditions=conditions) == [("", "no")]


def test_what_cannot_be_bound_is_answered_both_ways_and_once() -> None:
    equal = {"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Ids"}]}, ""]}
    parameters = {"Ids": {"Type": "CommaDelimitedList"}}
    found = _values([equal, {"Fn::Not": [equal]}], parameters)
    assert [built for _, built in found] == [[True, False], [False, True]]


def test_a_key_of_a_map_is_each_that_the_map_has() -> None:
    value = {"Fn::FindInMap": ["Days", {"Ref": "Stage"}, "Kept"]}
    maps = {"Days": {"dev": {"Kept": 1}, "prod": {"Kept": 9}}}
    found = _values(value, {"Stage": {"Type": "String"}}, Mappings=maps)
    assert found == [("Stage=dev", 1), ("Stage=prod", 9)]


def test_a_template_alone_stands_for_any_account_and_region() -> None:
    conditions = {"There": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}}
    value = [{"Ref": "AWS::Region"}, {"Fn::If": ["There", "yes", "no"]}]
    assert _values(value, {}, Conditions=conditions) == [("", [REGION, "no"])]
    assert _values(value, {}, alone=True, Conditions=conditions) == [
        ("AWS::Region=eu-west-1", ["eu-west-1", "yes"]),
        ("AWS::Region other than 'eu-west-1'", [REGION, "no"]),
    ]


def test_too_many_cases_are_told_by_the_names_of_their_parameters() -> None:
    names = [f"P{index}" for index in range(MOST_CASES.bit_length())]
    template = {"Parameters": {name: {"Type": "String"} for name in names}, "Resources": {}}
    stack = Stack("team", ACCOUNT, REGION, template)
    value = [{"Fn::Equals": [{"Ref": name}, "x"]} for name in names]
    found, too_many = follow([stack], lambda case: Resolver([stack], case).resolve(value, stack))
    assert too_many == tuple(f"team/{name}" for name in names)
    assert len(found) == 1


def test_two_items_of_an_open_list_are_not_the_same() -> None:
    parameters = {"Ids": {"Type": "List<AWS::EC2::Subnet::Id>"}}
    picked = [{"Fn::Select": [index, {"Ref": "Ids"}]} for index in (0, 1, 0)]
    ((_, (first, second, again)),) = _values(picked, parameters)
    assert first == again != second
    assert open_in([first, second]) == ("team/Ids.Value",)


def test_a_part_of_an_open_text_is_not_the_text() -> None:
    parts = {"Fn::Split": ["/", {"Fn::Sub": "a/${Name}"}]}
    ((_, (part, whole)),) = _values(
        [{"Fn::Select": [0, parts]}, {"Ref": "Name"}], {"Name": {"Type": "String"}}
    )
    assert part != whole
    assert open_in(part) == open_in(whole)


@pytest.mark.parametrize("text", ["{{resolve:ssm:/team/arn}}", "x-{{resolve:ssm:/a:1}}-y"])
def test_what_a_deployment_looks_up_is_open(text: str) -> None:
    for value in (text, {"Fn::Sub": text}, {"Fn::Join": ["", [text]]}):
        ((_, found),) = _values(value, {})
        assert open_in(found)
        assert "resolve:" not in found


@pytest.mark.parametrize(
    ("body", "value", "expected"),
    [
        ({"AllowedValues": [True, 3]}, "true", True),
        ({"AllowedValues": [True, 3]}, "4", False),
        ({"Type": "Number", "MinValue": 1, "MaxValue": 5}, "6", False),
        ({"Type": "Number"}, "six", False),
        ({"MinLength": 2}, "x", False),
        ({"MaxLength": 2}, "xxx", False),
        ({"AllowedPattern": "[a-z]+"}, "abc", True),
        ({"AllowedPattern": "[a-z]+"}, "abc1", False),
        ({"AllowedPattern": r"\p{Alpha}("}, "abc", True),
    ],
)
def test_a_template_permits_values_by_its_rules(
    body: dict[str, Any], value: str, expected: bool
) -> None:
    assert permitted(body, "Name", value) is expected
