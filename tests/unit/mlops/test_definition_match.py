"""A deployed definition is recognised as the synthesized one with its placeholders filled."""

from __future__ import annotations

import pytest

from mlops.definition_match import same_definition

SYNTHESIZED = {"Steps": [{"Name": "A", "Uri": "s3://${Bucket}/a/${Bucket}"}, {"Count": 1}]}


def test_filled_placeholders_are_the_same() -> None:
    deployed = {"Steps": [{"Name": "A", "Uri": "s3://mine/a/mine"}, {"Count": 1}]}
    assert same_definition(SYNTHESIZED, deployed)


@pytest.mark.parametrize(
    "deployed",
    [
        {"Steps": [{"Name": "A", "Uri": "s3://mine/a/other"}, {"Count": 1}]},
        {"Steps": [{"Name": "A", "Uri": "s3://mine/b/mine"}, {"Count": 1}]},
        {"Steps": [{"Name": "B", "Uri": "s3://mine/a/mine"}, {"Count": 1}]},
        {"Steps": [{"Name": "A", "Uri": "s3://mine/a/mine"}, {"Count": True}]},
        {"Steps": [{"Name": "A", "Uri": "s3://mine/a/mine"}]},
        {"Steps": [{"Name": "A", "Uri": "s3://mine/a/mine", "More": 1}, {"Count": 1}]},
    ],
    ids=["two values", "other text", "other name", "other type", "fewer steps", "more fields"],
)
def test_anything_else_is_another_definition(deployed: object) -> None:
    assert not same_definition(SYNTHESIZED, deployed)


def test_a_placeholder_has_one_value_in_the_whole_definition() -> None:
    synthesized = {"A": "${Key}", "B": "${Key}"}
    assert same_definition(synthesized, {"A": "x", "B": "x"})
    assert not same_definition(synthesized, {"A": "x", "B": "y"})
