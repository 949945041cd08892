"""The DNS firewall of the VPC, as its stack makes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aws_cdk as cdk
import pytest

from environments import load_environment
from mlops_contract.lookups import LEFT_OPEN
from mlops_contract.names import ENVIRONMENT_TAG
from stacks.base import EnvironmentStage
from stacks.context import project_context
from stacks.keys import KeysStack
from stacks.lookups import LookupsStack
from stacks.network import NetworkStack
from tests.synthesis import SETTINGS

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

STACK = "Lookups"
ASSOCIATION = "AWS::Route53Resolver::FirewallRuleGroupAssociation"
GROUP = "AWS::Route53Resolver::FirewallRuleGroup"
LOG = "AWS::Route53Resolver::ResolverQueryLoggingConfig"
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


@pytest.mark.parametrize("kind", [ASSOCIATION, LOG])
def test_what_no_stack_can_tag_anew_has_the_tag_that_stays(dev: Stacks, kind: str) -> None:
    (properties,) = dev.properties(kind, STACK)
    assert properties["Tags"] == [{"Key": ENVIRONMENT_TAG, "Value": "dev"}]


def test_look_ups_are_logged_under_our_key_for_a_time(dev: Stacks) -> None:
    (group,) = dev.properties("AWS::Logs::LogGroup", STACK)
    assert group["LogGroupName"] == "/secure-mlops-dev/look-ups"
    assert group["RetentionInDays"] == 30
    assert "LogsKey" in json.dumps(group["KmsKeyId"])


@pytest.mark.parametrize("word", ["alert", "off"])
def test_a_vpc_says_what_the_settings_leave_open(word: str) -> None:
    settings = load_environment("dev", SETTINGS)
    network = settings.network.model_copy(update={"dns_firewall": word})
    app = cdk.App(context=project_context())
    stage = EnvironmentStage(app, settings.model_copy(update={"network": network}))
    stage.key_arns = KeysStack(stage).arns
    LookupsStack(stage, network=NetworkStack(stage))
    bodies = [body for each in stage.synth().stacks for body in each.template["Resources"].values()]
    (vpc,) = (each for each in bodies if each["Type"] == "AWS::EC2::VPC")
    rows = [{"promise": "25", "assumption": LEFT_OPEN[word]}]
    assert vpc["Metadata"]["secure-mlops:assumptions"] == rows
    (group,) = (each for each in bodies if each["Type"] == GROUP)
    *_, last = group["Properties"]["FirewallRules"]
    assert last["Action"] == ("ALERT" if word == "alert" else "BLOCK")
