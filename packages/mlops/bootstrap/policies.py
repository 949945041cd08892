"""The deployer's policies, split to IAM's size limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops.bootstrap.handler_calls import deletions, handler_calls
from mlops.bootstrap.needs import TAKEN_BACK
from mlops.bootstrap.scopes import Scope, Scopes
from mlops.bootstrap.statements import allow, merged, packed, used
from mlops_common.errors import MlopsError
from mlops_contract.cdk_bootstrap import QUALIFIER, assets_bucket, role
from mlops_contract.names import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from environments.settings import EnvironmentSettings
    from iam_prover.request import Request
    from mlops.bootstrap.handler_calls import HandlerCall
    from promises.world import World

MOST = 10  # managed policies on a role, without a quota increase (IAM quotas)

# On a role these hold only as long as it is under a boundary of ours; the key is in the request
# (IAM User Guide, "Permissions boundaries for IAM entities", delegating to others).
BOUNDED = (
    *("iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy"),
    *("iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"),
)
# Actions that widen or remove a boundary. Creating one is not among them: it fails if the name is
# taken, so the first deployment creates the boundary, and the deployer cannot change it.
LIFTING = (
    *("iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion"),
    "iam:SetDefaultPolicyVersion",
)
FIRST = "first"
_PASSING = "iam:PassRole"
# Allowed by statements of their own.
_APART = frozenset({_PASSING, "lambda:InvokeFunction"})


@dataclass(frozen=True)
class DeploymentPolicies:
    """Managed policies of CloudFormation's role in one environment."""

    environment: str
    account: str
    region: str
    partition: str
    documents: tuple[dict[str, Any], ...]  # each within IAM's size
    boundary_arns: tuple[str, ...]
    actions: tuple[str, ...]  # all that are allowed, sorted
    kind: str = "deployer"  # what their names say

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the managed policies; the deployer itself cannot change them."""
        prefix = f"{bootstrap_prefix(self.environment)}-{self.kind}"
        return tuple(f"{prefix}-{number}" for number, _ in enumerate(self.documents, start=1))

    @property
    def arns(self) -> tuple[str, ...]:
        """ARNs of the managed policies, in the order of `documents`."""
        iam = f"arn:{self.partition}:iam::{self.account}:policy"
        return tuple(f"{iam}/{name}" for name in self.names)


def bootstrap_prefix(environment: str) -> str:
    """Return the prefix of the names of an environment's bootstrap resources."""
    return f"bootstrap-{PROJECT}-{environment}"


def deployer_arn(world: World) -> str:
    """Return the ARN of the role that CloudFormation deploys under."""
    name = role("cfn-exec", world.account, world.region)
    return f"arn:{world.partition}:iam::{world.account}:role/{name}"


def everyday_calls(world: World, settings: EnvironmentSettings) -> Iterator[HandlerCall]:
    """Yield what deployments call: deletions of what stacks keep only where data may go."""
    deployer = deployer_arn(world)
    yield from handler_calls(world, deployer)
    if not settings.retention.keep_data:
        yield from deletions(world, deployer, of=(TAKEN_BACK, "Retain"))


def asked_of(policies: DeploymentPolicies, world: World) -> Iterator[HandlerCall]:
    """Yield the calls that policies have to allow."""
    deployer = deployer_arn(world)
    if policies.kind == FIRST:
        return deletions(world, deployer, of=(TAKEN_BACK,))
    return handler_calls(world, deployer)


def deployment_policies(world: World, settings: EnvironmentSettings) -> DeploymentPolicies:
    """Generate the policies from the synthesized templates."""
    partition, boundaries = world.partition, _boundaries(world)
    requests = _by_action(everyday_calls(world, settings))
    statements = [
        *_refusals(boundaries),
        *(allow(scope, names) for scope, names in _allowed(world, settings, requests)),
        *_passing(world, f"arn:{partition}:iam::{world.account}:role/{PROJECT}-{settings.name}-*"),
        *_calls(world, partition),
    ]
    return _policies(world, statements, requests)


def first_policies(world: World, settings: EnvironmentSettings, until: str) -> DeploymentPolicies:
    """Generate what taking back a failed creation needs beyond that, up to a time.

    Parameters
    ----------
    until : str
        In UTC, as AWS compares it: ``2026-12-01T00:00:00Z``.
    """
    requests = _by_action(deletions(world, deployer_arn(world), of=(TAKEN_BACK,)))
    if not requests:
        raise MlopsError(f"{settings.name}: its stacks keep nothing; there is nothing to take back")
    expires = ("DateLessThan", "aws:CurrentTime", (until,))
    statements = [
        allow(Scope(scope.resources, (*scope.conditions, expires)), names)
        for scope, names in _allowed(world, settings, requests)
    ]
    return _policies(world, statements, requests, kind=FIRST)


def _allowed(
    world: World, settings: EnvironmentSettings, requests: Mapping[str, Sequence[Request]]
) -> list[tuple[Scope, list[str]]]:
    scopes = Scopes(world, settings, assets_bucket(world.account, world.region))
    boundaries = _boundaries(world)
    return merged(
        (scope, action)
        for action in sorted(requests.keys() - _APART)
        for each in _bounded(action, scopes, boundaries)
        for scope in used(each, action, requests[action])
    )


def _policies(
    world: World,
    statements: Iterable[dict[str, Any]],
    requests: Iterable[str],
    kind: str = "deployer",
) -> DeploymentPolicies:
    documents = tuple(packed(statements))
    if len(documents) > MOST:
        raise MlopsError(
            f"{world.name}: {len(documents)} policies for the deployer; a role takes {MOST}"
        )
    partition, boundaries = world.partition, _boundaries(world)
    return DeploymentPolicies(
        world.name,
        world.account,
        world.region,
        partition,
        documents,
        boundaries,
        tuple(sorted(requests)),
        kind,
    )


def _boundaries(world: World) -> tuple[str, ...]:
    without = [each.name for each in world.roles if each.boundary is None]
    if without:
        raise MlopsError(
            f"{world.name}: {', '.join(without)}: without a permissions boundary of the templates;"
            " the deployer could grant it any permission"
        )
    return tuple(sorted({each.boundary_arn for each in world.roles}))


def _bounded(action: str, scopes: Scopes, boundaries: Sequence[str]) -> Iterable[Scope]:
    if action not in BOUNDED:
        return scopes.of(action)
    condition = ("StringEquals", "iam:PermissionsBoundary", tuple(boundaries))
    roles = (each for each in scopes.of(action) if all(":role/" in arn for arn in each.resources))
    return (Scope(each.resources, (*each.conditions, condition)) for each in roles)


def _by_action(calls: Iterable[HandlerCall]) -> dict[str, list[Request]]:
    requests: dict[str, dict[str, Request]] = {}
    for each in calls:
        requests.setdefault(each.request.action, {})[str(each.request)] = each.request
    return {action: list(found.values()) for action, found in requests.items()}


def _refusals(boundaries: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "Sid": "TheCeilingStays",
            "Effect": "Deny",
            "Action": list(LIFTING),
            "Resource": list(boundaries),
        },
        {
            "Sid": "NoRoleWithoutCeiling",
            "Effect": "Deny",
            "Action": list(BOUNDED),
            "Resource": ["*"],
            "Condition": {"StringNotEquals": {"iam:PermissionsBoundary": list(boundaries)}},
        },
        {
            "Sid": "NoRoleLosesItsCeiling",
            "Effect": "Deny",
            "Action": ["iam:DeleteRolePermissionsBoundary"],
            "Resource": ["*"],
        },
    ]


def _passing(world: World, roles: str) -> list[dict[str, Any]]:
    services = sorted({name for each in world.roles for name in each.trusted_services})
    condition = ("StringEquals", "iam:PassedToService", tuple(services))
    return [allow(Scope((roles,), (condition,)), [_PASSING])] if services else []


def _calls(world: World, partition: str) -> list[dict[str, Any]]:
    """Allow reading the bootstrap's version and invoking custom resources' functions."""
    version = f"arn:{partition}:ssm:{world.region}:{world.account}:parameter/cdk-bootstrap"
    functions = sorted(
        {
            str(each.properties["ServiceToken"])
            for each in world.resources
            if str(each.properties.get("ServiceToken", "")).startswith("arn:")
        }
    )
    calls = [allow(Scope((f"{version}/{QUALIFIER}/version",)), ["ssm:GetParameters"])]
    if functions:
        calls.append(allow(Scope(tuple(functions)), ["lambda:InvokeFunction"]))
    return calls
