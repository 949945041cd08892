"""The commands with which an administrator makes the deployer, and whom it trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops.bootstrap.policies import FIRST
from mlops.bootstrap.template import first_stack_name, stack_name
from mlops_contract.cdk_bootstrap import QUALIFIER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlops.bootstrap.policies import DeploymentPolicies


def deploy_command(policies: DeploymentPolicies, file: str) -> list[str]:
    """Return the command that deploys a template of policies from a file."""
    named = first_stack_name if policies.kind == FIRST else stack_name
    return [
        *("aws", "cloudformation", "deploy", "--region", policies.region),
        *("--stack-name", named(policies.environment), "--template-file", file),
        *("--capabilities", "CAPABILITY_NAMED_IAM"),
    ]


def bootstrap_command(
    account: str, region: str, policies: Iterable[str], trusted: Sequence[str]
) -> list[str]:
    """Return the command that bootstraps an account and region, with policies by ARN."""
    trust = [word for account in trusted for word in ("--trust", account)]
    return [
        *("cdk", "bootstrap", f"aws://{account}/{region}"),
        *("--qualifier", QUALIFIER),
        *("--cloudformation-execution-policies", ",".join(policies)),
        *trust,
    ]


def delivering_accounts(environment: str) -> list[str]:
    """Return the other accounts that deliver to the environment's account and region."""
    from environments.loading import available_environments, load_environments

    everything = load_environments(",".join(available_environments()))
    places = {each.name: (each.account, each.region) for each in everything}
    if environment not in places:
        return []  # the caller reports it
    accounts = {
        each.account
        for each in everything
        if each.delivery
        for promoted in each.delivery.promotions
        if places.get(promoted.environment) == places[environment]
    }
    return sorted(accounts - {places[environment][0]})
