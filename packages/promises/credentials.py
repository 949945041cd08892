"""Promise on credentials that got out: what code in the VPC calls, it calls from there only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.evaluator import ARBITRARY
from iam_prover.formulas import AllOf, Not, key
from mlops_contract.bound_actions import bound
from mlops_contract.callers import INSIDE, callers
from mlops_contract.endpoints import taking
from mlops_contract.metadata import VIA_SERVICE
from promises.asking import never_by
from promises.caller_places import short_name
from promises.callers import asked, reachable
from promises.claims import Allowed, Claim, Fact, Never, Promise
from promises.duties import is_ours
from promises.origin import NETWORK, REGION, our_networks
from promises.work import as_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.formulas import Formula
    from promises.world import Role, World

_VIA_SERVICE = key("Bool", "aws:ViaAWSService", "true")


def useless_elsewhere(world: World) -> Iterator[Claim]:
    """Claim promise 24."""
    if not is_ours(world):
        return
    networks = our_networks(world)
    for who in world.roles:
        row = callers().row_of(short_name(world, who))
        actions = bound(row) if row else ()
        if not actions:
            continue
        where = who.resource.where
        yield Fact(where, "the VPC is one, and known", len(networks) == 1)
        yield _refused(world, who, actions, networks)
        yield from _not_against_itself(world, who, actions)
        yield from _let_through(world, who, row, actions)


def _refused(world: World, who: Role, actions: tuple[str, ...], networks: tuple[str, ...]) -> Never:
    """Claim that no resource's policy helps either: what is refused is refused by a Deny."""
    what = f"use the credentials of {who.name} from elsewhere than our VPC"
    return never_by(who, what, actions, *elsewhere(world.region, networks), resource=ARBITRARY)


def elsewhere(region: str, networks: tuple[str, ...]) -> tuple[Formula, ...]:
    """Match requests from another network or region, or of none, but services' own."""
    here = [key("StringEquals", REGION, region)]
    here += [key("StringEquals", NETWORK, *networks)] if networks else []
    return Not(AllOf(tuple(here))), Not(_VIA_SERVICE)


def _not_against_itself(world: World, who: Role, actions: tuple[str, ...]) -> Iterator[Claim]:
    """Claim that a role is not refused what the perimeter's table lets it do from outside."""
    rows = [each for bucket in world.buckets for each in bucket.exceptions]
    for row in dict.fromkeys(each for each in rows if each.principal == who.arn):
        what = f"{who.name} has an exception for {row.action}, which `unbound.yaml` leaves it"
        yield Fact(
            who.resource.where, what, row.through == VIA_SERVICE or row.action not in actions
        )


def _let_through(world: World, who: Role, row: str, actions: tuple[str, ...]) -> Iterator[Claim]:
    where = who.resource.where
    for action in actions:
        what = f"our subnets have an endpoint through which {who.name} calls {action}"
        yield Fact(where, what, _has_endpoint(world, action))
    for given in callers().of(row):
        work = as_set(world, given)
        if work is None or work.origin != INSIDE:
            continue
        for what, ways in asked(world, work, who):
            yield Allowed(where, f"{who.name} {work.work}: {what}, from our VPC", ways)


def _has_endpoint(world: World, action: str) -> bool:
    if action.startswith("s3:"):
        return bool(world.ways_to_s3)
    there = {each.service for each in reachable(world)}
    return world.network_of_others or {*taking(action)} <= there


PROMISES = (
    Promise(
        24,
        "What the code of a job, function or build calls, its credentials do from our VPC only, and"
        " from there it is allowed",
        "IAM User Guide, aws:SourceVpc, aws:RequestedRegion, forward access sessions;"
        " `packages/mlops_contract/unbound.yaml`, each row with its source",
        (
            "AWS sets aws:SourceVpc for requests through our endpoints, and for no others",
            "aws:ViaAWSService is true only where a service calls on for the caller",
            "left open: what services also call under roles, from their networks (`unbound.yaml`)",
            "left open: the roles of the CDK that a build assumes to deploy, for an hour",
        ),
        useless_elsewhere,
        "no role of the templates has a charter",
        enforced_by="Denies in the policies of the roles, from the table of callers",
    ),
)
