"""Parsing, limits and references of templates."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline_local.cloudformation.refusals import Refusal
from pipeline_local.cloudformation.template import check_template, order_of, parse_template

THING = {"Type": "AWS::SQS::Queue"}


def test_the_short_form_of_functions_is_the_long_one() -> None:
    text = """
    Resources:
      A:
        Type: AWS::SQS::Queue
        Properties:
          QueueName: !Sub "${AWS::StackName}-a"
          Tags: [{Key: arn, Value: !GetAtt B.Arn}, {Key: on, Value: 2020-01-01}]
          DelaySeconds: !If [IsOn, 1, !Ref AWS::NoValue]
    """
    properties = parse_template(text)["Resources"]["A"]["Properties"]
    assert properties["QueueName"] == {"Fn::Sub": "${AWS::StackName}-a"}
    assert properties["Tags"][0]["Value"] == {"Fn::GetAtt": ["B", "Arn"]}
    assert properties["Tags"][1]["Value"] == "2020-01-01"
    assert properties["DelaySeconds"] == {"Fn::If": ["IsOn", 1, {"Ref": "AWS::NoValue"}]}


@pytest.mark.parametrize("text", ['{"Resources": ', "Resources: [", "[1]", "just text"])
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="Template format error"):
        parse_template(text)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ({}, "At least one Resources member must be defined"),
        ({"Resources": {"A": {}}}, r"\[/Resources/A\] Every Resources object must contain a Type"),
        ({"Resources": {"A": THING}, "Resource": {}}, "Invalid template property or properties"),
        ({"Resources": {"A": THING}, "Transform": "x"}, "does not support the section Transform"),
        (
            {"Resources": {f"A{n}": THING for n in range(501)}},
            "Number of resources, 501, is greater than maximum allowed, 500",
        ),
        (
            {
                "Resources": {"A": THING},
                "Parameters": {f"P{n}": {"Type": "String"} for n in range(201)},
            },
            "Number of parameters, 201, is greater than maximum allowed, 200",
        ),
        (
            {"Resources": {"A": {**THING, "Properties": {"QueueName": {"Ref": "B"}}}}},
            r"Unresolved resource dependencies \[B\] in the Resources block",
        ),
        (
            {"Resources": {"A": {**THING, "DependsOn": ["C"]}}},
            r"Unresolved resource dependencies \[C\]",
        ),
        (
            {"Resources": {"A": THING}, "Outputs": {"O": {"Value": {"Fn::Sub": "${D.Arn}"}}}},
            r"Unresolved resource dependencies \[D\] in the Outputs block",
        ),
        (
            {
                "Resources": {
                    "A": {**THING, "Properties": {"QueueName": {"Fn::GetAtt": ["B", "Arn"]}}},
                    "B": {**THING, "DependsOn": "A"},
                }
            },
            r"Circular dependency between resources: \[A, B\]",
        ),
    ],
)
def test_what_cloudformation_refuses(template: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        check_template(template)


def test_names_within_a_substitution_are_no_references() -> None:
    substituted = {"Fn::Sub": ["${Own}-${!Kept}-${AWS::Region}", {"Own": {"Ref": "B"}}]}
    body = {**THING, "Properties": {"QueueName": substituted}}
    check_template(json.loads(json.dumps({"Resources": {"A": body, "B": THING}})))


def test_the_order_keeps_to_the_template_where_nothing_is_needed() -> None:
    assert order_of({"C": (), "A": ("D",), "B": (), "D": ("C",)}) == ["C", "D", "A", "B"]
