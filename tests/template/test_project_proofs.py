"""The promises see the template of projects, and the role that launches it: a hole is found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from promises.catalog import PROMISES
from promises.claims import Fact
from promises.network import no_way_out
from promises.sending import runs_under_our_roles, stays_in_the_account
from promises.world import worlds_of
from tests.breaches import breaches

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from promises.world import World

    Change = Callable[[dict[str, Any]], None]


def _with(assembly: Path, folder: Path, kind: str, change: Change, *, product: bool) -> World:
    """Dev, with resources of a kind changed, in the template of projects or outside it."""
    changed = folder / "assembly-dev"
    changed.mkdir()
    for file in (assembly / "assembly-dev").glob("*.json"):
        body: dict[str, Any] = json.loads(file.read_text())
        if file.name.endswith(".product.template.json") == product:
            for resource in body.get("Resources", {}).values():
                if resource["Type"] == kind:
                    change(resource["Properties"])
        (changed / file.name).write_text(json.dumps(body))
    (world,) = worlds_of([changed])
    return world


def _outside(build: dict[str, Any]) -> None:
    del build["VpcConfig"]


def _of_nobody(build: dict[str, Any]) -> None:
    build["ServiceRole"] = "arn:aws:iam::111111111111:role/somebody"


def _elsewhere(rule: dict[str, Any]) -> None:
    rule["Targets"][0]["Arn"] = "arn:aws:codebuild:eu-central-1:999999999999:project/x"


def _with_the_persons_rights(constraint: dict[str, Any]) -> None:
    constraint["RoleArn"] = "arn:aws:iam::111111111111:role/somebody"


@pytest.mark.parametrize(
    ("kind", "change", "facts"),
    [
        ("AWS::CodeBuild::Project", _outside, no_way_out),
        ("AWS::CodeBuild::Project", _of_nobody, runs_under_our_roles),
        ("AWS::Events::Rule", _elsewhere, stays_in_the_account),
        (
            "AWS::ServiceCatalog::LaunchRoleConstraint",
            _with_the_persons_rights,
            runs_under_our_roles,
        ),
    ],
)
def test_a_project_that_leaves_the_perimeter_is_found(
    all_environments: Path,
    tmp_path: Path,
    kind: str,
    change: Change,
    facts: Callable[[World], Any],
) -> None:
    (before,) = worlds_of([all_environments / "assembly-dev"])
    assert all(each.holds for each in facts(before) if isinstance(each, Fact))
    inside = not kind.startswith("AWS::ServiceCatalog::")
    world = _with(all_environments, tmp_path, kind, change, product=inside)
    assert not all(each.holds for each in facts(world) if isinstance(each, Fact))


def _without_its_refusals(policy: dict[str, Any]) -> None:
    if policy["ManagedPolicyName"].endswith("-project-launch"):
        statements = policy["PolicyDocument"]["Statement"]
        policy["PolicyDocument"]["Statement"] = [
            each for each in statements if each["Effect"] == "Allow"
        ]


@pytest.mark.slow
def test_a_launch_role_without_its_refusals_breaks_its_charter(
    all_environments: Path, tmp_path: Path
) -> None:
    policies = "AWS::IAM::ManagedPolicy"
    world = _with(all_environments, tmp_path, policies, _without_its_refusals, product=False)
    assert any(breaches([world], *(each for each in PROMISES if each.number == 18)))
