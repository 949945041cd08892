"""Names that are answered are those of what is deployed, also where rules of others come first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mlops_contract.lookups import LEFT_OPEN
from promises.lookups import PROMISES
from promises.mutation.faults import lookups as faults
from promises.mutation.templates import Templates
from promises.proving import Outcome, Verdict, outcomes_of
from promises.world import worlds_of
from tests.unit.promises.callers import judged_resources, role_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

REGION = "us-east-1"  # which templates by themselves are read for
PUBLISHER = "secure-mlops-team-metrics-publisher"
NAMES = [f"monitoring.{REGION}.amazonaws.com", "*.ec2.internal"]
ALLOW = {"Priority": 100, "Action": "ALLOW", "FirewallDomainListId": {"Ref": "Known"}}
TRUSTED = {**ALLOW, "FirewallDomainRedirectionAction": "TRUST_REDIRECTION_DOMAIN"}
BLOCK = {"Priority": 200, "Action": "BLOCK", "BlockResponse": "NXDOMAIN"}
WATCH = {"Priority": 200, "Action": "ALERT", "FirewallDomainListId": {"Ref": "Rest"}}
ALL = {**BLOCK, "FirewallDomainListId": {"Ref": "Rest"}}
# Parts of names that this small template has no work for.
UNUSED = ("api.sagemaker.", "events.", "-data-", "-models-", "-artifacts-")


def thing(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def firewall(
    *rules: Mapping[str, Any], domains: list[str] | None = None, **association: Any
) -> dict[str, Any]:
    role = role_for({"Service": "lambda.amazonaws.com"}, "sts:AssumeRole")
    return {
        "Role": {**role, "Properties": {**role["Properties"], "RoleName": PUBLISHER}},
        "Vpc": thing("EC2::VPC", CidrBlock="10.0.0.0/16", EnableDnsHostnames=True),
        "Monitoring": thing(
            "EC2::VPCEndpoint",
            VpcId={"Ref": "Vpc"},
            VpcEndpointType="Interface",
            PrivateDnsEnabled=True,
            ServiceName=f"com.amazonaws.{REGION}.monitoring",
        ),
        "Known": thing("Route53Resolver::FirewallDomainList", Domains=domains or NAMES),
        "Rest": thing("Route53Resolver::FirewallDomainList", Domains=["*"]),
        "Rules": thing(
            "Route53Resolver::FirewallRuleGroup", FirewallRules=[*(rules or (TRUSTED, ALL))]
        ),
        "RulesOfVpc": thing(
            "Route53Resolver::FirewallRuleGroupAssociation",
            **{
                "VpcId": {"Ref": "Vpc"},
                "FirewallRuleGroupId": {"Ref": "Rules"},
                "Priority": 101,
                "MutationProtection": "ENABLED",
                **association,
            },
        ),
    }


def judged(folder: Path, resources: dict[str, Any]) -> Outcome:
    return judged_resources(folder, 25, resources)


SEEDED = [
    pytest.param(fault, id=f"{kind}: {fault.what}")
    for kind, seed in faults.SEEDERS
    for fault in seed(Templates({"a/team.template.json": {"Resources": firewall()}}))
    if not any(part in fault.what for part in UNUSED)
]


def test_a_list_then_a_block_of_all_is_proved(tmp_path: Path) -> None:
    outcome = judged(tmp_path, firewall())
    assert (outcome.verdict, outcome.breaches) == (Verdict.PROVED, ())


@pytest.mark.parametrize("answer", ["NODATA", "NXDOMAIN"])
def test_either_empty_answer_blocks(tmp_path: Path, answer: str) -> None:
    blocked = {**ALL, "BlockResponse": answer}
    assert judged(tmp_path, firewall(TRUSTED, blocked)).verdict is Verdict.PROVED


@pytest.mark.parametrize("before", ["elsewhere.example", "*"])
def test_an_answer_with_another_host_is_no_block(tmp_path: Path, before: str) -> None:
    other = {"BlockResponse": "OVERRIDE", "BlockOverrideDomain": "elsewhere.example"}
    rule = {**ALL, **other, "Priority": 150, "FirewallDomainListId": {"Ref": "Other"}}
    resources = firewall(TRUSTED, rule, ALL)
    resources["Other"] = thing("Route53Resolver::FirewallDomainList", Domains=[before])
    outcome = judged(tmp_path, resources)
    assert outcome.verdict is Verdict.BROKEN
    assert any("no other host" in each.what for each in outcome.breaches)


def test_what_comes_after_the_block_of_all_is_no_way_out(tmp_path: Path) -> None:
    never = {"Priority": 300, "Action": "ALLOW", "FirewallDomainListId": {"Ref": "Rest"}}
    assert judged(tmp_path, firewall(TRUSTED, ALL, never)).verdict is Verdict.PROVED


def test_names_are_alike_in_capitals_and_with_a_dot_at_the_end(tmp_path: Path) -> None:
    domains = [f"{each.upper()}." for each in NAMES]
    assert judged(tmp_path, firewall(domains=domains)).verdict is Verdict.PROVED


@pytest.mark.parametrize("fault", SEEDED)
def test_every_fault_is_broken_or_undecided(tmp_path: Path, fault: Any) -> None:
    changed = {**firewall(), **fault.resources}
    resources = {name: body for name, body in changed.items() if body is not None}
    outcome = judged(tmp_path, resources)
    unseen = ("of AWS", "rslvr-frg", "FirewallRuleGroupId", "tunnels", "category", "of a file")
    undecided = any(part in fault.what for part in unseen)
    assert outcome.verdict is (Verdict.UNKNOWN if undecided else Verdict.BROKEN), outcome


def test_forty_faults_and_more_are_seeded() -> None:
    assert len(SEEDED) >= 60


@pytest.mark.parametrize(
    ("part", "change", "named"),
    [
        ("Known", {"Domains": [{"Ref": "Name"}]}, "Name"),
        ("RulesOfVpc", {"Priority": {"Ref": "Name"}}, "Name"),
        ("RulesOfVpc", {"VpcId": {"Ref": "Name"}}, "Name"),
    ],
)
def test_a_value_that_only_a_deployment_knows_is_undecided(
    tmp_path: Path, part: str, change: dict[str, Any], named: str
) -> None:
    resources = firewall()
    resources[part]["Properties"] |= change
    file = tmp_path / "team.template.json"
    template = {"Parameters": {named: {"Type": "String"}}, "Resources": resources}
    file.write_text(json.dumps(template))
    (world,) = worlds_of([file])
    (outcome,) = outcomes_of(world, PROMISES, timeout=5)
    assert outcome.verdict is Verdict.UNKNOWN
    assert any(named in each.what for each in outcome.breaches)


def test_a_firewall_that_the_settings_turn_off_is_assumed_and_said_so(tmp_path: Path) -> None:
    gone = ("Known", "Rest", "Rules", "RulesOfVpc")
    resources = {name: body for name, body in firewall().items() if name not in gone}
    assert judged(tmp_path, resources).verdict is Verdict.BROKEN
    outcome = judged(tmp_path, saying(LEFT_OPEN["off"], resources))
    assert (outcome.verdict, outcome.assumed) == (Verdict.ASSUMED, (LEFT_OPEN["off"],))
    for other in ("it is fine", LEFT_OPEN["alert"]):
        assert judged(tmp_path, saying(other, resources)).verdict is Verdict.BROKEN


def saying(assumption: str, resources: dict[str, Any]) -> dict[str, Any]:
    """Have the VPC say what the settings leave open."""
    rows = {"secure-mlops:assumptions": [{"promise": "25", "assumption": assumption}]}
    return {**resources, "Vpc": {**resources["Vpc"], "Metadata": rows}}


def test_a_firewall_that_the_settings_have_watch_only_is_assumed_and_said_so(
    tmp_path: Path,
) -> None:
    watching = firewall(TRUSTED, WATCH)
    assert judged(tmp_path, watching).verdict is Verdict.BROKEN
    outcome = judged(tmp_path, saying(LEFT_OPEN["alert"], watching))
    assert (outcome.verdict, outcome.assumed) == (Verdict.ASSUMED, (LEFT_OPEN["alert"],))
    assert "lets through, watching only" in outcome.assumed[0]
    blocking = saying(LEFT_OPEN["alert"], firewall())
    assert judged(tmp_path, blocking).verdict is Verdict.ASSUMED  # never proved


@pytest.mark.parametrize(
    "changed",
    [
        firewall(ALLOW, WATCH),
        firewall(TRUSTED),
        firewall(TRUSTED, {**WATCH, "Action": "ALLOW"}),
        firewall(TRUSTED, {**WATCH, "Qtype": "A"}),
        firewall(TRUSTED, {**WATCH, "FirewallDomainListId": {"Ref": "Known"}}),
        firewall(TRUSTED, {**WATCH, "Priority": 50}),
        firewall(TRUSTED, WATCH, domains=[*NAMES, "*.com"]),
        firewall(TRUSTED, WATCH, domains=NAMES[1:]),
        firewall(TRUSTED, WATCH, MutationProtection="DISABLED"),
        firewall(TRUSTED, WATCH, VpcId="vpc-1"),
    ],
)
def test_watching_only_excuses_no_more_than_the_last_rule(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    outcome = judged(tmp_path, saying(LEFT_OPEN["alert"], changed))
    assert outcome.verdict is Verdict.BROKEN


@pytest.mark.parametrize(
    "action",
    [
        "route53resolver:UpdateFirewallConfig",
        "route53resolver:DisassociateFirewallRuleGroup",
        "route53resolver:UpdateFirewallDomains",
        "route53resolver:AssociateResolverRule",
        "route53resolver:*",
    ],
)
def test_a_role_that_may_change_names_breaks_it(tmp_path: Path, action: str) -> None:
    resources = firewall()
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    resources["Role"]["Properties"]["Policies"] = [{"PolicyName": "p", "PolicyDocument": document}]
    outcome = judged(tmp_path, resources)
    assert outcome.verdict is Verdict.BROKEN
    assert "what names are answered" in outcome.breaches[0].what
