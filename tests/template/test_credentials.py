"""Credentials used from elsewhere: what the roles' Denies refuse, and faults in them."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, replace
from itertools import cycle, product
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
from promises import credentials
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

    from iam_prover import policy
    from promises.world import Role, World

    Statement = dict[str, Any]
    Change = Callable[[Statement, "Part"], Statement | None]

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


def is_guard(statement: policy.Statement) -> bool:
    return any(f"({sid})" in statement.where for sid in SIDS)


def parsed(statements: list[Statement]) -> Any:
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


def without(element: str, statement: Statement, **instead: object) -> Statement:
    return {**{name: each for name, each in statement.items() if name != element}, **instead}


def of(element: str, value: object) -> Change:
    return lambda statement, _: {**statement, element: value}


def asking(operator: str, *values: str, about: str = "", drop: str = "StringNotEquals") -> Change:
    """Ask for something in place of a block of the condition; by itself, of the same key."""

    def change(statement: Statement, part: Part) -> Statement:
        found = without(drop, statement["Condition"])
        given = [each.format(**vars(part)) for each in values]
        found[operator] = {**found.get(operator, {}), about or part.key: given}
        return {**statement, "Condition": found}

    return change


def only_if(operator: str, about: str, value: str) -> Change:
    return asking(operator, value, about=about, drop="")


@dataclass(frozen=True)
class Part:
    """What one of the two Denies asks for, and another value."""

    key: str
    ours: str
    other: str


FAULTS: dict[str, Change] = {
    "none": lambda *_: None,
    "an Allow": of("Effect", "Allow"),
    "an action taken off": lambda each, _: {**each, "Action": each["Action"][1:] or ["sts:Tag"]},
    "all actions but these": lambda each, _: without("Action", each, NotAction=each["Action"]),
    "some resources": of("Resource", "arn:aws:s3:::elsewhere/*"),
    "another": asking("StringNotEquals", "{other}"),
    "another, too": asking("StringNotEquals", "{ours}", "{other}"),
    "any": asking("StringNotLike", "*"),
    "another, in any case": asking("StringNotEqualsIgnoreCase", "{other}"),
    "a Not lost": asking("StringEquals", "{ours}"),
    "another, if any": asking("StringEqualsIfExists", "{other}"),
    "of any value": asking("ForAnyValue:StringNotEquals", "{ours}"),
    "of a variable": asking("StringNotEquals", "${{aws:PrincipalTag/from}}"),
    "only where there is one": asking("Null", "false", drop=""),
    "only where there is none": asking("Null", "true"),
    "of services' calls": asking("BoolIfExists", "true", about=VIA, drop="BoolIfExists"),
    "but for a name": only_if("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*"),
    "but for a tag": only_if("StringNotEquals", "aws:PrincipalTag/exempt", "yes"),
    "but for an address": only_if("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"),
    "but for an agent": only_if("StringNotEquals", "aws:UserAgent", "curl"),
    "but for an account's things": only_if("StringNotEquals", "aws:ResourceAccount", "9" * 12),
    "for a while": only_if("DateLessThan", "aws:CurrentTime", "2026-12-31T00:00:00Z"),
    "without TLS": only_if("Bool", "aws:SecureTransport", "false"),
}


def parts(world: World) -> dict[str, Part]:
    (network,) = our_networks(world)
    return {
        SIDS[0]: Part(NETWORK, network, OTHER_VPC),
        SIDS[1]: Part(REGION, world.region, "us-east-1"),
    }


def guard(world: World, name: str) -> list[Statement]:
    made = from_our_network(name, vpc_id=our_networks(world)[0], region=world.region)
    return [json.loads(json.dumps(each.to_json())) for each in made]


def is_broken(world: World, name: str, statements: list[Statement], prover: Prover) -> bool:
    """Judge a role that may do everything but what some statements refuse; undecided is neither."""
    who = replace(held(world)[name], identity=(parsed([EVERYTHING, *statements]),), boundary=None)
    changed = replace(world, roles=(who,))
    claim = next(each for each in useless_elsewhere(changed) if isinstance(each, Never))
    breach = judge(claim, prover)
    assert breach is None or breach.verdict is Verdict.BROKEN, breach
    return breach is not None


@pytest.fixture(scope="module")
def prover() -> Iterator[Prover]:
    with Prover(5.0) as made:
        yield made


@pytest.mark.parametrize("name", KINDS)
def test_the_templates_have_the_guard(worlds: dict[str, World], prover: Prover, name: str) -> None:
    world = worlds["dev"]
    assert [each["Sid"] for each in guard(world, name)] == [*SIDS]
    assert not is_broken(world, name, guard(world, name), prover)
    own = [each for policy in held(world)[name].identity for each in policy.statements]
    made = [replace(each, where="") for each in parsed(guard(world, name)).statements]
    assert {*made} <= {replace(each, where="") for each in own}


@pytest.mark.parametrize(("way", "name"), [*zip(product(SIDS, FAULTS), cycle(KINDS))])
def test_a_fault_in_the_guard_breaks_it(
    worlds: dict[str, World], prover: Prover, way: tuple[str, str], name: str
) -> None:
    world, (sid, fault) = worlds["dev"], way
    part, made = parts(world)[sid], copy.deepcopy(guard(world, name))
    changed = [FAULTS[fault](each, part) if each["Sid"] == sid else each for each in made]
    assert is_broken(world, name, [each for each in changed if each], prover)


@pytest.mark.parametrize("name", KINDS)
def test_no_guard_is_noticed(worlds: dict[str, World], prover: Prover, name: str) -> None:
    assert is_broken(worlds["dev"], name, [], prover)


def test_what_the_perimeter_lets_through_from_outside_is_bound_to_nothing(
    worlds: dict[str, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """CreateModel reads an archive as the model's role, which the perimeter's table lets it."""
    reading = (*bound("inference-job"), "s3:GetObject")
    monkeypatch.setattr(
        credentials, "bound", lambda role: reading if role == "inference-job" else bound(role)
    )
    (outcome,) = outcomes_of(worlds["dev"], PROMISES)
    assert outcome.verdict is Verdict.BROKEN
    assert any("has an exception for s3:GetObject" in each.what for each in outcome.breaches)


@pytest.mark.parametrize(
    ("endpoint", "action"),
    [
        ("git-codecommit", "codecommit:GitPull"),
        ("codeartifact.repositories", "codeartifact:ReadFromRepository"),
        ("monitoring", "cloudwatch:PutMetricData"),
    ],
)
def test_what_is_bound_has_an_endpoint_of_its_own(
    worlds: dict[str, World], endpoint: str, action: str
) -> None:
    there = tuple(each for each in worlds["dev"].endpoints if each.service != endpoint)
    (outcome,) = outcomes_of(replace(worlds["dev"], endpoints=there), PROMISES)
    said = [each.what for each in outcome.breaches if "have an endpoint" in each.what]
    assert any(each.endswith(f"calls {action}") for each in said)
