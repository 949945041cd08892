"""What the deployer can never do, and that a way around it is found."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from environments import load_environment
from mlops.bootstrap import DeploymentPolicies, deployment_policies
from mlops.bootstrap.proof import no_more_than_the_boundary
from mlops_common.errors import MlopsError
from promises.proving import Verdict, outcomes_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from promises.world import World


def _verdict(world: World, policies: DeploymentPolicies) -> Verdict:
    (outcome,) = outcomes_of(world, [no_more_than_the_boundary(policies)])
    return outcome.verdict


def test_nothing_goes_beyond_the_boundary(
    worlds: dict[str, World], written: Callable[[str], DeploymentPolicies]
) -> None:
    for name, world in worlds.items():
        assert _verdict(world, written(name)) is Verdict.PROVED


def _without(statements: list[Any], *sids: str) -> list[Any]:
    return [each for each in statements if each.get("Sid") not in sids]


def _widened(fault: str, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Seed one fault into all statements of the deployer."""
    if fault == "a boundary can be changed":
        return _without(statements, "TheCeilingStays")
    if fault == "roles need no boundary":
        for each in statements:
            each.get("Condition", {}).get("StringEquals", {}).pop("iam:PermissionsBoundary", None)
        return _without(statements, "NoRoleWithoutCeiling")
    if fault == "any role of the account is changed":
        text = json.dumps(statements).replace(":role/secure-mlops-dev-*", ":role/*")
        return list(json.loads(text))
    added = {
        "a boundary is taken away": ("iam:DeleteRolePermissionsBoundary", None),
        "roles are passed to anything": ("iam:PassRole", None),
        "users are made": ("iam:CreateUser", None),
        "its own policies are changed": (
            "iam:CreatePolicyVersion",
            "arn:aws:iam::111111111111:policy/bootstrap-secure-mlops-dev-deployer-1",
        ),
        "another role is assumed": ("sts:AssumeRole", None),
    }
    action, resource = added[fault]
    kept = _without(statements, "NoRoleLosesItsCeiling")
    return [*kept, {"Effect": "Allow", "Action": [action], "Resource": [resource or "*"]}]


@pytest.mark.parametrize(
    "fault",
    [
        "a boundary can be changed",
        "roles need no boundary",
        "any role of the account is changed",
        "a boundary is taken away",
        "roles are passed to anything",
        "users are made",
        pytest.param("its own policies are changed", marks=pytest.mark.slow),
        "another role is assumed",
    ],
)
def test_a_way_around_the_boundary_is_found(
    dev: World, policies: DeploymentPolicies, fault: str
) -> None:
    statements = [
        copy.deepcopy(each) for document in policies.documents for each in document["Statement"]
    ]
    document = {"Version": "2012-10-17", "Statement": _widened(fault, statements)}
    assert _verdict(dev, dataclasses.replace(policies, documents=(document,))) is Verdict.BROKEN


def test_a_role_without_boundary_is_not_deployable(dev: World) -> None:
    bare = dataclasses.replace(dev.roles[0], boundary=None)
    world = dataclasses.replace(dev, roles=(bare, *dev.roles[1:]))
    with pytest.raises(MlopsError, match="without a permissions boundary"):
        deployment_policies(world, load_environment("dev"))
