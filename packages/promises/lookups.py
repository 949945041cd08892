"""Promise on names: what is looked up in the VPC is on a list, and nothing else is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.reference import actions_of
from mlops_contract.lookups import ALERT, LEFT_OPEN, OFF, PROMISE
from mlops_contract.metadata import ASSUMPTIONS
from promises import firewall
from promises.asking import never_by
from promises.claims import Claim, Fact, Promise, Undecided
from promises.duties import is_ours
from promises.looked_up import deployed_names, needed_names, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from promises.firewall import Rule
    from promises.world import Resource, World

# What a host that connects to something asks for; the list lets through all types alike.
_ADDRESSES = ("A", "AAAA")
_SERVICE = "route53resolver"


def only_known_names(world: World) -> Iterator[Claim]:
    """Claim promise 25."""
    vpcs = {each.ref: each for each in world.of_kind("AWS::EC2::VPC")}
    elsewhere = {
        str(each.properties.get("VpcId")): each for each in world.of_kind(firewall.ASSOCIATION)
    }
    asked = {ref: each for ref, each in vpcs.items() if not _says(each, OFF)}
    asked |= {ref: each for ref, each in elsewhere.items() if ref not in vpcs}
    for ref, each in asked.items():
        yield from _of_vpc(world, ref, each)
    if asked:
        changes = [each.name for each in actions_of(_SERVICE) if each.mutates]
        for role in world.roles:
            yield never_by(role, "change what names are answered, or who is asked", changes)


def _says(vpc: Resource, setting: str) -> bool:
    """Tell whether the settings leave this open, which the outcome lists as assumed."""
    rows = vpc.record(ASSUMPTIONS)
    left_open = (PROMISE, LEFT_OPEN[setting])
    return any((each.promise, each.assumption) == left_open for each in rows)


def _of_vpc(world: World, vpc: str, of: Resource) -> Iterator[Claim]:
    associations = firewall.associations_of(world, vpc)
    yield Fact(of.where, "a rule group of the DNS firewall is associated", bool(associations))
    if not associations:
        return
    for each in associations:
        protected = each.properties.get("MutationProtection") == "ENABLED"
        yield Fact(each.where, "it is protected: changed or taken away by nobody", protected)
    yield from _ordered(world, associations)
    rules = firewall.rules_of(world, associations)
    unknown = [each for each in rules if each.unknown]
    for rule in unknown:
        yield Undecided(rule.where, f"not decided: what rule {_place(rule)} does: {rule.unknown}")
    if not unknown:
        yield from _bad(world, of, rules)
        yield from _good(world, of, rules)


def _ordered(world: World, associations: Sequence[Resource]) -> Iterator[Claim]:
    numbers = [each.properties.get("Priority") for each in associations]
    what = "no two of a VPC's rule groups have one priority"
    yield Fact(associations[0].where, what, not firewall.twice(numbers))
    named = {each.properties.get("FirewallRuleGroupId") for each in associations}
    for group in world.of_kind(firewall.GROUP):
        if group.ref in named:
            rules = group.properties.get("FirewallRules") or ()
            same = firewall.twice(each.get("Priority") for each in rules)
            yield Fact(group.where, "no two of its rules have one priority", not same)


def _bad(world: World, vpc: Resource, rules: Sequence[Rule]) -> Iterator[Claim]:
    """Claim that what is looked up beyond our names gets no answer, of whatever type."""
    names, zones = deployed_names(world), _zones(world, vpc)
    reached = [*firewall.reached(rules)]
    last = reached.pop() if reached and reached[-1].of_all else None
    watched = last is not None and last.action == firewall.ALERT and _says(vpc, ALERT)
    what = "after the last of its rules nothing is left: every name, of every type, is blocked"
    yield Fact(vpc.where, what, watched or (last is not None and last.silent))
    for rule in [*reached, *([last] if last and not watched else [])]:
        if not rule.passes:
            what = f"rule {_place(rule)} looks at all names of a chain, for it blocks"
            yield Fact(rule.where, what, not rule.trusts)
            what = f"rule {_place(rule)} answers nothing (NODATA or NXDOMAIN), no other host either"
            yield Fact(rule.where, what, rule.silent)
            continue
        for domain in rule.domains:
            what = f"rule {_place(rule)} lets through names of what is deployed, not {domain}"
            yield Fact(rule.where, what, firewall.is_among(domain, names, zones))


def _good(world: World, vpc: Resource, rules: Sequence[Rule]) -> Iterator[Claim]:
    """Claim that work from inside gets its answers, to the end of a chain of names."""
    for name, work in needed_names(world).items() if is_ours(world) else ():
        for kind in _ADDRESSES:
            by = firewall.decides(rules, name, kind)
            yield Fact(
                vpc.where,
                f"{name} ({kind}) is answered, and so is what it leads to: {work}",
                by is None or (by.passes and by.trusts),
            )


def _zones(world: World, vpc: Resource) -> tuple[str, ...]:
    """Return what the resolver answers by itself: of a VPC with hosts' names in the DNS."""
    cidr, named = vpc.properties.get("CidrBlock"), vpc.properties.get("EnableDnsHostnames")
    return place_of(world).own_zones(str(cidr)) if cidr and str(named).lower() == "true" else ()


def _place(rule: Rule) -> str:
    return f"{rule.priority[0]:g}/{rule.priority[1]:g}"


PROMISES = (
    Promise(
        int(PROMISE),
        "The VPC's resolver answers the names of what is deployed and no others, to work from"
        " inside all that it needs; no role of ours changes that",
        "Route 53 Developer Guide, DNS Firewall: rule groups and rules, rule actions, domain"
        " lists, VPC configuration; private DNS of endpoints",
        (
            "the VPC fails closed (FirewallFailOpen DISABLED, AWS's default); `mlops doctor` looks",
            "AWS Firewall Manager puts no rule group before ours",
            "AWS answers for its own names: of regions, buckets, and hosts in the VPC",
            "identities outside these templates are guarded elsewhere",
        ),
        only_known_names,
        "no VPC is in the templates",
        enforced_by=(
            "the DNS firewall: a list of exact names made from the table of endpoints, then a rule"
            " that blocks all; boundaries and roles"
        ),
    ),
)
