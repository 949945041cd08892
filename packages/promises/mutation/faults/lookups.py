"""Faults of the DNS firewall: names that are answered, and names that are not any more."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from promises.firewall import ASSOCIATION, EVERY_NAME, GROUP, LIST
from promises.mutation.fault import changed, in_resources, seeders

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from promises.mutation.templates import Body, Templates

    _Changes = Iterator[tuple[str, str, str, Mapping[str, Body | None]]]

_NEW, _NEW_GROUP, _NEW_LIST = "Seeded", "SeededGroup", "SeededList"
_SITE = "elsewhere.example"
_MANAGED = "rslvr-fdl-0123456789abcdef"
_OTHER_HOST: dict[str, Any] = {
    "BlockResponse": "OVERRIDE", "BlockOverrideDomain": _SITE,
    "BlockOverrideDnsType": "CNAME", "BlockOverrideTtl": 1,
}  # fmt: skip
_TRUST = {"FirewallDomainRedirectionAction": "TRUST_REDIRECTION_DOMAIN"}
# What lets more through: of the first rule, which allows, and of the last, which blocks.
_FIRST: tuple[tuple[str, dict[str, Any]], ...] = (
    ("no chain trusted", {"FirewallDomainRedirectionAction": None}),
    ("chains inspected", {"FirewallDomainRedirectionAction": "INSPECT_REDIRECTION_DOMAIN"}),
    ("for type A only", {"Qtype": "A"}),
    ("for type AAAA only", {"Qtype": "AAAA"}),
    ("blocks", {"Action": "BLOCK", "BlockResponse": "NODATA"}),
    ("after the block of all", {"Priority": 900}),
    ("with a list of AWS", {"FirewallDomainListId": _MANAGED}),
)
_LAST: tuple[tuple[str, dict[str, Any]], ...] = (
    ("allows", {"Action": "ALLOW", "BlockResponse": None, **_TRUST}),
    ("tells only", {"Action": "ALERT", "BlockResponse": None}),
    *((f"for type {name} only", {"Qtype": name}) for name in ("A", "AAAA", "TXT", "TYPE65", "ALL")),
    ("answers with another name", _OTHER_HOST),
    ("answers nobody knows how", {"BlockResponse": None}),
    ("trusts chains", dict(_TRUST)),
    ("before all", {"Priority": 1}),
    ("with the priority of the first", {"Priority": 100}),
    ("with a list of AWS", {"FirewallDomainListId": _MANAGED}),
    ("of tunnels only", {
        "FirewallDomainListId": None, "DnsThreatProtection": "DNS_TUNNELING",
        "ConfidenceThreshold": "LOW",
    }),
    ("of a category only", {
        "FirewallDomainListId": None,
        "FirewallRuleType": {"FirewallAdvancedContentCategory": {"Category": "MALWARE"}},
    }),
)  # fmt: skip
_DOMAINS = (
    *(EVERY_NAME, "*.com", "*.amazonaws.com", "*.eu-central-1.amazonaws.com", "*amazonaws.com"),
    *("*.s3.eu-central-1.amazonaws.com", "elsewhere.s3.eu-central-1.amazonaws.com"),
    *("*.dkr.ecr.eu-central-1.amazonaws.com", "*.d.codeartifact.eu-central-1.amazonaws.com"),
    *(_SITE, f"*.{_SITE}", _SITE.upper(), f"{_SITE}."),
    *("*.internal", "*.compute.internal", "*eu-central-1.compute.internal", "*.arpa"),
    "*.in-addr.arpa",
)
# Parts of names that work from inside needs.
_NEEDED = ("api.sagemaker.", "events.", "monitoring.", "-data-", "-models-", "-artifacts-")
# What leads look-ups elsewhere, past the firewall or before it.
_BESIDE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("AWS::Route53Resolver::ResolverEndpoint", {"Direction": "OUTBOUND"}),
    ("AWS::Route53Resolver::ResolverRule",
     {"DomainName": ".", "RuleType": "FORWARD", "TargetIps": [{"Ip": "203.0.113.5"}]}),
    ("AWS::Route53Resolver::ResolverRuleAssociation",
     {"ResolverRuleId": "rslvr-rr-1", "VPCId": {}}),
    ("AWS::Route53Profiles::ProfileAssociation",
     {"Name": "p", "ProfileId": "rp-1", "ResourceId": {}}),
)  # fmt: skip


def _associations(templates: Templates) -> _Changes:
    for file, name, body in templates.resources(ASSOCIATION):
        yield file, name, "no association", {name: None}
        for what, value in (("VpcId", "vpc-1"), ("FirewallRuleGroupId", "rslvr-frg-1")):
            yield file, name, f"{what} of another", {name: changed(body, what, to=value)}
        for protection in ("DISABLED", None):
            fresh = changed(body, "MutationProtection", to=protection)
            yield file, name, f"protection {protection}", {name: fresh}


def _before(templates: Templates) -> _Changes:
    """Put a second group before ours, or beside it."""
    for file, name, body in templates.resources(ASSOCIATION):
        ours = body["Properties"]["Priority"]
        for what, priority, rule, domains in (
            ("allows all before ours", ours - 1, {"Action": "ALLOW"}, [EVERY_NAME]),
            ("tells only before ours", ours - 1, {"Action": "ALERT"}, [EVERY_NAME]),
            ("allows a site before ours", 1, {"Action": "ALLOW"}, [_SITE]),
            ("allows TXT before ours", 1, {"Action": "ALLOW", "Qtype": "TXT"}, [EVERY_NAME]),
            ("has the priority of ours", ours, {"Action": "BLOCK", "BlockResponse": "NODATA"}, []),
            (
                "answers with a site before ours",
                1,
                {"Action": "BLOCK", **_OTHER_HOST},
                [EVERY_NAME],
            ),
            ("blocks all before ours", 1, {"Action": "BLOCK", "BlockResponse": "NODATA"}, ["*"]),
        ):
            given = {**body["Properties"], "Priority": priority}
            rules = [{"Priority": 1, "FirewallDomainListId": {"Ref": _NEW_LIST}, **rule}]
            yield (
                file,
                name,
                f"a second group {what}",
                {
                    _NEW_LIST: {"Type": LIST, "Properties": {"Domains": domains}},
                    _NEW_GROUP: {"Type": GROUP, "Properties": {"FirewallRules": rules}},
                    _NEW: {
                        "Type": ASSOCIATION,
                        "Properties": {**given, "FirewallRuleGroupId": {"Ref": _NEW_GROUP}},
                    },
                },
            )


def _rules(templates: Templates) -> _Changes:
    for file, name, body in templates.resources(GROUP):
        for index, changes in ((0, _FIRST), (-1, _LAST)):
            for what, change in changes:
                yield file, name, f"rule {index} {what}", {name: _with(body, index, change)}
            yield file, name, f"no rule {index}", {name: _with(body, index, None)}
        for action in ("ALLOW", "ALERT"):
            rule = {"Priority": 1, "Action": action, "FirewallDomainListId": {"Ref": _NEW_LIST}}
            fresh = copy.deepcopy(body)
            fresh["Properties"]["FirewallRules"].append(rule)
            of_all = {"Type": LIST, "Properties": {"Domains": [EVERY_NAME]}}
            yield file, name, f"a first rule {action} *", {name: fresh, _NEW_LIST: of_all}


def _with(body: Body, index: int, change: Mapping[str, Any] | None) -> Body:
    """Return a group with one rule changed; without a change it is taken out."""
    fresh = copy.deepcopy(body)
    rules = fresh["Properties"]["FirewallRules"]
    if change is None:
        del rules[index]
    else:
        merged = {**rules[index], **change}
        rules[index] = {name: value for name, value in merged.items() if value is not None}
    return fresh


def _lists(templates: Templates) -> _Changes:
    for file, name, body in templates.resources(LIST):
        domains = body["Properties"]["Domains"]
        if EVERY_NAME in domains:
            for fewer in ([], ["*.com"], ["*."]):
                yield file, name, f"blocks {fewer} only", {name: changed(body, "Domains", to=fewer)}
            continue
        for more in _DOMAINS:
            yield file, name, f"{more} too", {name: changed(body, "Domains", to=[*domains, more])}
        for part in _NEEDED:
            fewer = [each for each in domains if part not in each]
            yield file, name, f"no {part}", {name: changed(body, "Domains", to=fewer)}
        by_file = changed(body, "DomainFileUrl", to="s3://elsewhere/domains.txt")
        yield file, name, "domains of a file", {name: by_file}


def _resolver(templates: Templates) -> _Changes:
    for file, vpc, body in templates.resources("AWS::EC2::VPC"):
        for type_, given in _BESIDE:
            properties = {
                key: {"Ref": vpc} if value == {} else value for key, value in given.items()
            }
            yield file, vpc, f"{type_} added", {_NEW: {"Type": type_, "Properties": properties}}
        fresh = changed(body, "EnableDnsHostnames", to=False)
        yield file, vpc, "no names of hosts, whose zones are let through", {vpc: fresh}


SEEDERS = seeders(
    in_resources,
    ("take the DNS firewall away", _associations),
    ("put a DNS firewall before ours", _before),
    ("change rules of the DNS firewall", _rules),
    ("change lists of the DNS firewall", _lists),
    ("lead look-ups elsewhere", _resolver),
)
