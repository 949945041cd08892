"""The deployer's policies, split to IAM's size limits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from iam_prover.evaluator import PoliciesInForce, decide
from iam_prover.parsing import parse_policy
from iam_prover.policy import PolicyKind
from mlops.bootstrap.handler_calls import deletions, handler_calls
from mlops.bootstrap.needs import TAKEN_BACK
from mlops.bootstrap.scopes import Scope, Scopes
from mlops_common.errors import MlopsError
from mlops_contract.cdk_bootstrap import QUALIFIER, assets_bucket, role
from mlops_contract.names import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from environments.settings import EnvironmentSettings
    from iam_prover.request import Request
    from mlops.bootstrap.handler_calls import HandlerCall
    from promises.world import World

LONGEST = 6144  # characters of a managed policy, white space not counted (IAM quotas)
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

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the managed policies; the deployer itself cannot change them."""
        prefix = f"{bootstrap_prefix(self.environment)}-deployer"
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
    return f"arn:{world.stacks[0].partition}:iam::{world.account}:role/{name}"


def everyday_calls(world: World, settings: EnvironmentSettings) -> Iterator[HandlerCall]:
    """Yield what deployments call: deletions of what stacks keep only where data may go."""
    deployer = deployer_arn(world)
    yield from handler_calls(world, deployer)
    if not settings.retention.keep_data:
        yield from deletions(world, deployer, of=(TAKEN_BACK, "Retain"))


def deployment_policies(world: World, settings: EnvironmentSettings) -> DeploymentPolicies:
    """Generate the policies from the synthesized templates."""
    partition = world.stacks[0].partition
    boundaries = _boundaries(world)
    scopes = Scopes(world, settings, assets_bucket(world.account, world.region))
    requests = _by_action(everyday_calls(world, settings))
    actions = set(requests)
    allowed = _merged(
        (scope, action)
        for action in sorted(actions - _APART)
        for each in _bounded(action, scopes, boundaries)
        for scope in _used(each, action, requests[action])
    )
    iam = f"arn:{partition}:iam::{world.account}"
    statements = [
        *_refusals(boundaries),
        *(_allow(scope, names) for scope, names in allowed),
        *_passing(world, f"{iam}:role/{PROJECT}-{settings.name}-*"),
        *_calls(world, partition),
    ]
    documents = tuple(_packed(statements))
    if len(documents) > MOST:
        raise MlopsError(
            f"{settings.name}: {len(documents)} policies for the deployer; a role takes {MOST}"
        )
    return DeploymentPolicies(
        settings.name,
        world.account,
        world.region,
        partition,
        documents,
        boundaries,
        tuple(sorted(actions)),
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


def _used(scope: Scope, action: str, requests: Iterable[Request]) -> Iterator[Scope]:
    """Yield what a scope is needed for: its resources that a request is about."""
    asked = list(requests)
    found = [
        arn for arn in scope.resources if _serves(Scope((arn,), scope.conditions), action, asked)
    ]
    if found:
        yield Scope(tuple(found), scope.conditions)


def _serves(scope: Scope, action: str, requests: Iterable[Request]) -> bool:
    document = {"Version": "2012-10-17", "Statement": [_allow(scope, [action])]}
    force = PoliciesInForce((parse_policy(document, PolicyKind.IDENTITY, action),))
    return any(decide(each, force).allowed for each in requests)


def _merged(pairs: Iterable[tuple[Scope, str]]) -> list[tuple[Scope, list[str]]]:
    """Group actions by scope, then scopes by actions and conditions."""
    by_scope: dict[Scope, list[str]] = {}
    for scope, action in pairs:
        if action not in by_scope.setdefault(scope, []):
            by_scope[scope].append(action)

    def alike(item: tuple[Scope, list[str]]) -> tuple[object, ...]:
        return (item[0].conditions, item[1])

    merged = []
    for _, group in groupby(sorted(by_scope.items(), key=alike), key=alike):
        same = list(group)
        resources = sorted({arn for scope, _ in same for arn in scope.resources})
        merged.append((Scope(tuple(resources), same[0][0].conditions), same[0][1]))
    return sorted(merged, key=lambda item: (item[1][0], item[0]))


def _allow(scope: Scope, actions: Sequence[str]) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": list(scope.resources),
    }
    conditions: dict[str, dict[str, list[str]]] = {}
    for operator, key, values in scope.conditions:
        conditions.setdefault(operator, {})[key] = list(values)
    if conditions:
        statement["Condition"] = conditions
    return statement


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
    return [_allow(Scope((roles,), (condition,)), [_PASSING])] if services else []


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
    calls = [_allow(Scope((f"{version}/{QUALIFIER}/version",)), ["ssm:GetParameters"])]
    if functions:
        calls.append(_allow(Scope(tuple(functions)), ["lambda:InvokeFunction"]))
    return calls


def _packed(statements: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Pack statements into documents; split a statement that is too long by its actions."""
    document: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}
    for statement in statements:
        for part in _cut(statement):
            grown = {**document, "Statement": [*document["Statement"], part]}
            if size(grown) > LONGEST and document["Statement"]:
                yield document
                grown = {**document, "Statement": [part]}
            document = grown
    yield document


def _cut(statement: dict[str, Any]) -> list[dict[str, Any]]:
    actions = statement["Action"]
    if size({"Version": "2012-10-17", "Statement": [statement]}) <= LONGEST or len(actions) == 1:
        return [statement]
    half = len(actions) // 2
    parts = ({**statement, "Action": each} for each in (actions[:half], actions[half:]))
    return [piece for part in parts for piece in _cut(part)]


def size(document: dict[str, Any]) -> int:
    """Count a policy's characters as IAM does, without white space."""
    return len(json.dumps(document, separators=(",", ":")))
