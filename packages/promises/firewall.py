"""DNS firewalls of VPCs as the resolver goes through them: rules by priority, the first decides."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from promises.world import Resource, World

GROUP, LIST = "AWS::Route53Resolver::FirewallRuleGroup", "AWS::Route53Resolver::FirewallDomainList"
ASSOCIATION = "AWS::Route53Resolver::FirewallRuleGroupAssociation"
BLOCK, ALERT, TRUST = "BLOCK", "ALERT", "TRUST_REDIRECTION_DOMAIN"
EVERY_NAME: Final = "*"
# Answers of a block that tell the host nothing; the third, OVERRIDE, names another host.
_EMPTY: Final = ("NODATA", "NXDOMAIN")
_UNJUDGED: Final = ("DnsThreatProtection", "FirewallRuleType", "FirewallThreatProtectionId")


@dataclass(frozen=True)
class Rule:
    """A rule; `query_type` is empty for all types, `unknown` says what no template shows."""

    where: str
    priority: tuple[float, float]
    action: str
    domains: tuple[str, ...]
    query_type: str = ""
    answer: str = ""
    trusts: bool = False
    unknown: str = ""

    @property
    def passes(self) -> bool:
        """Whether it lets look-ups through: also the action that only tells of them."""
        return self.action != BLOCK

    @property
    def silent(self) -> bool:
        """Whether it answers nothing, not even with another host."""
        return not self.passes and self.answer in _EMPTY

    @property
    def of_all(self) -> bool:
        """Whether it decides about every look-up, of whatever type, that comes to it."""
        return EVERY_NAME in self.domains and not self.query_type

    def takes(self, name: str, query_type: str) -> bool:
        """Tell whether it decides about a look-up."""
        return self.query_type in {"", query_type} and any(
            within(name, each) for each in self.domains
        )


def within(name: str, domain: str) -> bool:
    """Tell whether a name, or all that a wildcard stands for, is what a domain of a list names."""
    name, domain = name.lower().rstrip("."), domain.lower().rstrip(".")
    return name.endswith(domain[1:]) if domain.startswith("*") else name == domain


def decides(rules: Sequence[Rule], name: str, query_type: str) -> Rule | None:
    """Return the rule that decides about a look-up; without one the resolver answers it."""
    return next((each for each in rules if each.takes(name, query_type)), None)


def reached(rules: Sequence[Rule]) -> Iterator[Rule]:
    """Yield the rules that a look-up can come to: up to the first that is of all."""
    for each in rules:
        yield each
        if each.of_all:
            return


def is_among(domain: str, names: frozenset[str], zones: Sequence[str]) -> bool:
    """Tell whether a domain names nothing but these names, and what is in these zones."""
    plain = domain.lower().rstrip(".")
    return plain in names or any(plain.endswith(zone.removeprefix("*")) for zone in zones)


def associations_of(world: World, vpc: str) -> list[Resource]:
    """List the associations of rule groups with a VPC."""
    return [each for each in world.of_kind(ASSOCIATION) if each.properties.get("VpcId") == vpc]


def rules_of(world: World, associations: Iterable[Resource]) -> list[Rule]:
    """List the rules of a VPC in the order in which the resolver goes through them."""
    lists = {each.ref: each for each in world.of_kind(LIST)}
    groups = {each.ref: each for each in world.of_kind(GROUP)}
    rules = []
    for each in associations:
        first = _number(each.properties.get("Priority"))
        named = str(each.properties.get("FirewallRuleGroupId"))
        group = groups.get(named)
        if group is None:
            what = f"rule group {named} is in no template"
            rules.append(Rule(each.where, (first, 0), "", (), unknown=what))
            continue
        given = group.properties.get("FirewallRules") or ()
        rules += [_rule(group.where, first, rule, lists) for rule in given]
    return sorted(rules, key=lambda rule: rule.priority)


def _rule(
    where: str, first: float, given: Mapping[str, Any], lists: Mapping[str, Resource]
) -> Rule:
    named = str(given.get("FirewallDomainListId", ""))
    found = lists.get(named)
    domains = tuple(map(str, found.properties.get("Domains") or ())) if found else ()
    unknown = ", ".join(name for name in _UNJUDGED if name in given)
    if not unknown and found is None:
        unknown = f"domain list {named or 'of a rule'}, which is in no template (AWS's own?)"
    elif not unknown and found and "DomainFileUrl" in found.properties:
        unknown = f"DomainFileUrl of {found.where}"
    return Rule(
        where,
        (first, _number(given.get("Priority"))),
        str(given.get("Action", "")),
        domains,
        str(given.get("Qtype", "")),
        str(given.get("BlockResponse", "")),
        given.get("FirewallDomainRedirectionAction") == TRUST,
        unknown,
    )


def _number(value: object) -> float:
    """Read a priority; one that is none comes first, where it is least harmless."""
    try:
        return float(str(value))
    except ValueError:
        return float("-inf")


def twice(priorities: Iterable[object]) -> bool:
    """Tell whether two have the same priority: then nobody knows which comes first."""
    return any(count > 1 for count in Counter(map(_number, priorities)).values())
