"""The DNS firewall of the VPC, as its stack makes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aws_cdk as cdk

from environments import load_environment
from mlops_contract.lookups import LEFT_OPEN
from stacks.base import EnvironmentStage
from stacks.context import project_context
from stacks.keys import KeysStack
from stacks.network import NetworkStack

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

STACK = "Lookups"
ASSOCIATION = "AWS::Route53Resolver::FirewallRuleGroupAssociation"
LIST = "AWS::Route53Resolver::FirewallDomainList"


def test_the_list_has_exact_names_and_zones_that_never_leave_the_vpc(dev: Stacks) -> None:
    known, rest = dev.properties(LIST, STACK)
    wildcards = [each for each in known["Domains"] if "*" in each]
    assert wildcards == ["*.0.10.in-addr.arpa", "*.eu-central-1.compute.internal"]
    assert rest["Domains"] == ["*"]


def test_the_association_is_made_last_for_no_stack_takes_it_back(dev: Stacks) -> None:
    ((name, association),) = dev.of_type(ASSOCIATION, STACK).items()
    others = dev[STACK]["Resources"].keys() - {name}
    reached, left = set(), [association]
    while left:
        body = json.dumps(left.pop())
        found = {each for each in others - reached if f'"{each}"' in body}
        reached |= found
        left += [dev[STACK]["Resources"][each] for each in found]
    assert reached == others


def test_look_ups_are_logged_under_our_key_for_a_time(dev: Stacks) -> None:
    (group,) = dev.properties("AWS::Logs::LogGroup", STACK)
    assert group["LogGroupName"] == "/secure-mlops-dev/look-ups"
    assert group["RetentionInDays"] == 30
    assert "LogsKey" in json.dumps(group["KmsKeyId"])


def test_a_vpc_without_a_firewall_says_that_the_settings_want_it_so() -> None:
    settings = load_environment("dev")
    network = settings.network.model_copy(update={"dns_firewall": False})
    app = cdk.App(context=project_context())
    stage = EnvironmentStage(app, settings.model_copy(update={"network": network}))
    stage.key_arns = KeysStack(stage).arns
    NetworkStack(stage)
    (template,) = (
        each.template for each in stage.synth().stacks if each.stack_name.endswith("network")
    )
    (vpc,) = (each for each in template["Resources"].values() if each["Type"] == "AWS::EC2::VPC")
    rows = [{"promise": "25", "assumption": LEFT_OPEN}]
    assert vpc["Metadata"]["secure-mlops:assumptions"] == rows
