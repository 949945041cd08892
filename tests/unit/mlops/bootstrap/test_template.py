"""The bootstrap template, and the command that uses it."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

from environments import load_environment
from mlops.bootstrap import DeploymentPolicies, deployment_policies
from mlops.bootstrap.commands import bootstrap_command
from mlops.bootstrap.handlers import permissions
from mlops.bootstrap.template import bootstrap_template

if TYPE_CHECKING:
    from promises.world import World


def test_the_same_templates_give_the_same_bytes(dev: World, policies: DeploymentPolicies) -> None:
    again = deployment_policies(dev, load_environment("dev"))
    assert bootstrap_template(again) == bootstrap_template(policies)


def test_the_template_is_within_cloudformations_reach(policies: DeploymentPolicies) -> None:
    template = bootstrap_template(policies)
    assert len(template) < 51_200  # TemplateBody of CreateStack
    resources = json.loads(template)["Resources"]
    assert [each["Type"] for each in resources.values()].count("AWS::IAM::ManagedPolicy") == len(
        policies.documents
    )
    ceiling = resources["Ceiling"]["Properties"]
    assert ceiling["RoleName"] == "bootstrap-secure-mlops-dev-ceiling"
    (on_boundary, _) = ceiling["Policies"][0]["PolicyDocument"]["Statement"]
    assert on_boundary["Resource"] == list(policies.boundary_arns)


def test_a_template_that_would_be_too_long_is_written_without_blanks(
    policies: DeploymentPolicies,
) -> None:
    many = dataclasses.replace(policies, documents=policies.documents[:1] * 7)
    template = bootstrap_template(many)
    assert len(template) <= 51_200
    assert ", " not in template[:2000]


def test_who_changes_the_ceiling_can_do_all_that_it_takes(policies: DeploymentPolicies) -> None:
    """But put it on nobody: a boundary is attached to no role."""
    ceiling = json.loads(bootstrap_template(policies))["Resources"]["Ceiling"]["Properties"]
    statements = ceiling["Policies"][0]["PolicyDocument"]["Statement"]
    allowed = {action for each in statements for action in each["Action"]}
    taken = {
        action
        for kind in ("AWS::IAM::ManagedPolicy", "AWS::SSM::Parameter")
        for action in permissions(kind, policies.region)
    }
    attaching = {each for each in taken if each.startswith(("iam:Attach", "iam:Detach"))}
    assert taken - attaching <= allowed
    assert not attaching & allowed


def test_environments_of_one_account_share_the_bootstrap(policies: DeploymentPolicies) -> None:
    other = dataclasses.replace(policies, environment="try")
    arns = [*policies.arns, *other.arns]
    command = bootstrap_command(policies.account, policies.region, arns, ["222222222222"])
    assert command[:3] == ["cdk", "bootstrap", "aws://111111111111/eu-central-1"]
    listed = command[command.index("--cloudformation-execution-policies") + 1].split(",")
    assert listed == arns
    assert command[-2:] == ["--trust", "222222222222"]
