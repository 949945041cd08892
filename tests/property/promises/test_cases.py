"""A hole behind any combination of conditions is never proved away."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from cloud_assembly.stack import Stack
from iam_prover.policy import Effect
from promises.world import world_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from promises.world import World

NAMES = ("Environment", "Region", "Mode")
TEXTS = ("dev", "prod", "")
PARAMETERS = st.fixed_dictionaries(
    {
        name: st.fixed_dictionaries(
            {"Type": st.just("String")},
            optional={
                "Default": st.sampled_from(TEXTS),
                "AllowedValues": st.lists(st.sampled_from(TEXTS), min_size=1, unique=True),
                "AllowedPattern": st.sampled_from(("[a-z]*", "[a-z]+", ".*")),
            },
        )
        for name in NAMES
    }
)
OPERANDS = st.one_of(st.sampled_from(TEXTS), st.sampled_from(NAMES).map(lambda name: {"Ref": name}))
EQUALS = st.lists(OPERANDS, min_size=2, max_size=2).map(lambda pair: {"Fn::Equals": pair})
CONDITIONS = st.recursive(
    EQUALS,
    lambda inner: st.one_of(
        inner.map(lambda one: {"Fn::Not": [one]}),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: {"Fn::And": parts}),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: {"Fn::Or": parts}),
    ),
    max_leaves=4,
)
HOLE = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def _template(parameters: Mapping[str, Any], condition: object) -> dict[str, Any]:
    def policy(name: str, statements: list[Any]) -> dict[str, Any]:
        document = {"Version": "2012-10-17", "Statement": statements}
        return {"PolicyName": name, "Roles": [{"Ref": "Job"}], "PolicyDocument": document}

    chosen = {"Fn::If": ["Open", HOLE, {"Ref": "AWS::NoValue"}]}
    closed = {"Effect": "Deny", "Action": "s3:Nothing", "Resource": "*"}
    trust = {**HOLE, "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    del trust["Resource"]
    role = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}}
    return {
        "Parameters": parameters,
        "Conditions": {"Open": condition},
        "Resources": {
            "Job": {"Type": "AWS::IAM::Role", "Properties": role},
            "Inside": {"Type": "AWS::IAM::Policy", "Properties": policy("a", [closed, chosen])},
            "Whole": {
                "Type": "AWS::IAM::Policy",
                "Condition": "Open",
                "Properties": policy("b", [HOLE]),
            },
        },
    }


def _permits(body: Mapping[str, Any], value: str) -> bool:
    letters = value.isalpha() or not value
    fits = {"[a-z]*": letters, "[a-z]+": value.isalpha(), ".*": True}
    pattern = body.get("AllowedPattern", ".*")
    return value in body.get("AllowedValues", [value]) and fits[pattern]


def _is_true(condition: Any, values: Mapping[str, str]) -> bool:
    ((name, parts),) = condition.items()
    if name == "Fn::Equals":
        left, right = (values[each["Ref"]] if isinstance(each, dict) else each for each in parts)
        return bool(left == right)
    inner = [_is_true(each, values) for each in parts]
    return {"Fn::Not": not inner[0], "Fn::And": all(inner), "Fn::Or": any(inner)}[name]


def _has_hole(world: World) -> bool:
    allowing = [
        policy
        for policy in world.roles[0].identity
        if any(each.effect is Effect.ALLOW for each in policy.statements)
    ]
    assert len(allowing) in {0, 2}  # one condition rules both the statement and the resource
    return bool(allowing)


@given(PARAMETERS, CONDITIONS)
def test_a_hole_is_there_in_some_case_if_permitted_values_open_it(
    parameters: dict[str, dict[str, Any]], condition: dict[str, Any]
) -> None:
    values = [(*TEXTS, "other", "another", "third")] * len(NAMES)
    permitted = [
        chosen
        for each in product(*values)
        for chosen in [dict(zip(NAMES, each, strict=True))]
        if all(_permits(parameters[name], value) for name, value in chosen.items())
    ]
    if not permitted:
        return
    opened = {_is_true(condition, chosen) for chosen in permitted}
    for body in parameters.values():
        if "Default" in body and not _permits(body, body["Default"]):
            del body["Default"]
    stack = Stack("team", "123456789012", "eu-central-1", _template(parameters, condition))
    world = world_of("team", [stack])
    if not world.open_values:  # not too many cases
        found = {_has_hole(each) for each in (world, *world.variants)}
        assert opened <= found
