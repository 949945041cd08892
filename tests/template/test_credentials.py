"""Credentials used from elsewhere: what the roles' Denies refuse, and faults in them."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from iam_prover.encoding.prover import Prover
from iam_prover.evaluator import ARBITRARY, PoliciesInForce, decide
from iam_prover.parsing import parse_policy
from iam_prover.policy import PolicyKind
from iam_prover.principals import role as session_of
from iam_prover.request import ALWAYS_SET, Request
from mlops_contract.bound_actions import bound
from mlops_contract.callers import callers
from promises.caller_places import short_name
from promises.claims import Never
from promises.credentials import PROMISES, useless_elsewhere
from promises.origin import NETWORK, REGION, our_networks
from promises.proving import Verdict, judge, outcomes_of
from promises.world import worlds_of
from stacks.bound_actions import from_our_network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from iam_prover.policy import Statement
    from promises.world import Role, World

    Statements = list[dict[str, Any]]

VIA, OTHER_VPC = "aws:ViaAWSService", "vpc-0000000000000dead"
SIDS = ("NotFromElsewhere", "NotInOtherRegions")
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ENVIRONMENTS = ("dev", "staging", "prod")
# One role of each kind: a job, a function, a build.
KINDS = ("training-job", "champion-keeper", "build-review")


@pytest.fixture(scope="module")
def worlds(all_environments: Path) -> dict[str, World]:
    found = worlds_of([all_environments / f"assembly-{name}" for name in ENVIRONMENTS])
    return {each.name: each for each in found}


def held(world: World) -> dict[str, Role]:
    """Return the roles whose credentials are bound, by their short names."""
    names = {short_name(world, each): each for each in world.roles}
    return {name: who for name, who in names.items() if actions_of(name)}


def actions_of(name: str) -> tuple[str, ...]:
    row = callers().row_of(name)
    return bound(row) if row else ()


def asks(world: World, who: Role, action: str, **keys: str) -> bool:
    """Ask the evaluator for a request under policies that allow everything else."""
    context = {NETWORK: our_networks(world)[0], REGION: world.region, VIA: "false"}
    context |= {
        {"vpc": NETWORK, "region": REGION, "via": VIA}[key]: each for key, each in keys.items()
    }
    request = Request(
        session_of(who.arn),
        action,
        "*",
        {**ALWAYS_SET, **{key: (each,) for key, each in context.items() if each}},
    )
    everything = parsed([EVERYTHING])
    guards = (each for policy in who.identity for each in policy.statements if is_guard(each))
    held_to = replace(everything, statements=(*everything.statements, *guards))
    return decide(request, PoliciesInForce((held_to,), None, ARBITRARY)).allowed


def is_guard(statement: Statement) -> bool:
    return any(f"({sid})" in statement.where for sid in SIDS)


def parsed(statements: Statements) -> Any:
    document = {"Version": "2012-10-17", "Statement": statements}
    return parse_policy(document, PolicyKind.IDENTITY, "by hand")


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_it_holds(worlds: dict[str, World], name: str) -> None:
    (outcome,) = outcomes_of(worlds[name], PROMISES)
    assert outcome.verdict is Verdict.PROVED, outcome


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_from_elsewhere_each_bound_action_is_refused(worlds: dict[str, World], name: str) -> None:
    world = worlds[name]
    assert len(held(world)) >= 10
    for short, who in held(world).items():
        for action in actions_of(short):
            assert asks(world, who, action), (short, action)
            assert asks(world, who, action, vpc="", region="us-east-1", via="true"), action
            for keys in ({"vpc": OTHER_VPC}, {"vpc": ""}, {"region": "us-east-1"}, {"region": ""}):
                assert not asks(world, who, action, **keys), (action, keys)
                assert not asks(world, who, action, **keys, via=""), (action, keys)


def both(element: str, change: Callable[[Any], Any]) -> Callable[[Statements], Statements]:
    return lambda found: [{**each, element: change(each[element])} for each in found]


def of(index: int, element: str, value: object) -> Callable[[Statements], Statements]:
    def change(found: Statements) -> Statements:
        return [{**each, element: value} if at == index else each for at, each in enumerate(found)]

    return change


def condition(
    index: int, operator: str, key: str, *values: str, drop: str = "StringNotEquals"
) -> Callable[[Statements], Statements]:
    """Replace a block of a condition by another one, which may be empty."""

    def change(found: Statements) -> Statements:
        block = {name: each for name, each in found[index]["Condition"].items() if name != drop}
        block[operator] = {**block.get(operator, {}), key: [*values]}
        return [
            {**each, "Condition": block} if at == index else each for at, each in enumerate(found)
        ]

    return change


def also(index: int, operator: str, key: str, *values: str) -> Callable[[Statements], Statements]:
    return condition(index, operator, key, *values, drop="")


def only(index: int) -> Callable[[Statements], Statements]:
    return lambda found: found[index : index + 1]


VPC, PLACE = "vpc", "eu-central-1"
FAULTS: dict[str, Callable[[Statements], Statements]] = {
    "no guard": lambda _: [],
    "no VPC asked": only(1),
    "no region asked": only(0),
    "an allow": both("Effect", lambda _: "Allow"),
    "an action taken off": both("Action", lambda each: each[1:] or ["sts:GetCallerIdentity"]),
    "an action taken off for regions": lambda found: of(
        1, "Action", found[1]["Action"][1:] or ["sts:GetCallerIdentity"]
    )(found),
    "NotAction": lambda found: [
        {"NotAction" if key == "Action" else key: value for key, value in each.items()}
        for each in found
    ],
    "some resources": both("Resource", lambda _: "arn:aws:s3:::elsewhere/*"),
    "another VPC": condition(0, "StringNotEquals", NETWORK, OTHER_VPC),
    "another VPC too": condition(0, "StringNotEquals", NETWORK, VPC, OTHER_VPC),
    "any VPC": condition(0, "StringNotLike", NETWORK, "vpc-*"),
    "another region": condition(1, "StringNotEquals", REGION, "us-east-1"),
    "another region too": condition(1, "StringNotEquals", REGION, PLACE, "us-east-1"),
    "regions alike": condition(1, "StringNotLike", REGION, "eu-*"),
    "IfExists the wrong way round": condition(0, "StringEqualsIfExists", NETWORK, OTHER_VPC),
    "only where there is a VPC": also(0, "Null", NETWORK, "false"),
    "only where there is none": condition(0, "Null", NETWORK, "true"),
    "a set operator": condition(0, "ForAnyValue:StringNotEquals", NETWORK, VPC),
    "a flipped operator": condition(0, "StringEquals", NETWORK, VPC),
    "a flipped region": condition(1, "StringEquals", REGION, PLACE),
    "calls by services": condition(0, "BoolIfExists", VIA, "true", drop="BoolIfExists"),
    "an exception by name": also(0, "ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*"),
    "an exception by tag": also(0, "StringNotEquals", "aws:PrincipalTag/exempt", "yes"),
    "one condition more": also(1, "Bool", "aws:SecureTransport", "false"),
}  # fmt: skip


def guard(world: World, name: str) -> Statements:
    made = from_our_network(name, vpc_id=our_networks(world)[0], region=world.region)
    return [json.loads(json.dumps(each.to_json())) for each in made]


def is_noticed(world: World, name: str, statements: Statements, prover: Prover) -> bool:
    """Judge a role that may do everything but what some statements refuse."""
    who = replace(held(world)[name], identity=(parsed([EVERYTHING, *statements]),), boundary=None)
    changed = replace(world, roles=(who,))
    claims = (each for each in useless_elsewhere(changed) if isinstance(each, Never))
    return any(judge(each, prover) for each in claims)


@pytest.fixture(scope="module")
def prover() -> Iterator[Prover]:
    with Prover(5.0) as made:
        yield made


@pytest.mark.parametrize("name", KINDS)
def test_the_templates_have_the_guard(worlds: dict[str, World], prover: Prover, name: str) -> None:
    world = worlds["dev"]
    assert [each["Sid"] for each in guard(world, name)] == [*SIDS]
    assert not is_noticed(world, name, guard(world, name), prover)
    own = [each for policy in held(world)[name].identity for each in policy.statements]
    made = [replace(each, where="") for each in parsed(guard(world, name)).statements]
    assert {*made} <= {replace(each, where="") for each in own}


@pytest.mark.parametrize(("name", "fault"), [*product(KINDS, FAULTS)])
def test_a_fault_in_the_guard_is_noticed(
    worlds: dict[str, World], prover: Prover, name: str, fault: str
) -> None:
    world = worlds["dev"]
    text = json.dumps(FAULTS[fault](copy.deepcopy(guard(world, name))))
    changed = json.loads(text.replace(f'"{VPC}"', json.dumps(our_networks(world)[0])))
    assert is_noticed(world, name, changed, prover)
