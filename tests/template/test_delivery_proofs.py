"""Deployments through the endpoints: a hole in what lets them through is found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mlops_common.errors import MlopsError
from mlops_contract.metadata import DEPLOYMENTS
from promises.catalog import PROMISES
from promises.claims import Fact
from promises.deployments import deployers
from promises.world import worlds_of
from tests.breaches import breaches

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from promises.world import World

    Statement = dict[str, Any]


def _with(assembly: Path, folder: Path, change: Callable[[str, dict[str, Any]], None]) -> World:
    """Dev, with something changed in its endpoints."""
    changed = folder / "assembly-dev"
    changed.mkdir()
    for file in (assembly / "assembly-dev").glob("*.json"):
        body: dict[str, Any] = json.loads(file.read_text())
        for resource in body.get("Resources", {}).values():
            if resource["Type"] == "AWS::EC2::VPCEndpoint":
                change(json.dumps(resource["Properties"]["ServiceName"]), resource)
        (changed / file.name).write_text(json.dumps(body))
    (world,) = worlds_of([changed])
    return world


def _anybody(statement: Statement) -> None:
    del statement["Condition"]["ArnEquals"]


def _anywhere(statement: Statement) -> None:
    del statement["Condition"]["StringEquals"]


def _anything(statement: Statement) -> None:
    statement["Action"] = "*"


def _another_only(statement: Statement) -> None:
    statement["Condition"]["ArnEquals"]["aws:PrincipalArn"] = "arn:aws:iam::111111111111:role/cdk-x"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sid", "widen", "promise"),
    [
        ("BuildsTakeOnRolesIn333333333333", _anybody, 13),
        ("BuildsTakeOnRolesIn333333333333", _anything, 13),
        ("BuildsTakeOnRolesIn222222222222", _another_only, 13),
        ("BootstrapRolesAskWhoTheyAre", _anything, 13),
        ("BootstrapRolesAskWhoTheyAre", _another_only, 13),
        ("DeploymentsTo222222222222", _anywhere, 13),
        ("DeploymentsTo222222222222", _anything, 13),
        ("PublishedTo2", _anybody, 2),
        ("PublishedTo1", _anybody, 2),
        ("PublishedTo3", _anywhere, 2),
    ],
)
def test_a_wider_or_closed_way_breaks_its_promise(
    all_environments: Path,
    tmp_path: Path,
    sid: str,
    widen: Callable[[Statement], None],
    promise: int,
) -> None:
    widened = []

    def change(_service: str, endpoint: dict[str, Any]) -> None:
        for statement in endpoint["Properties"].get("PolicyDocument", {}).get("Statement", ()):
            if statement["Sid"] == sid:
                widen(statement)
                widened.append(sid)

    world = _with(all_environments, tmp_path, change)
    assert widened
    assert any(breaches([world], *(each for each in PROMISES if each.number == promise)))


@pytest.mark.parametrize(
    ("field", "arn"),
    [
        ("roles", "arn:aws:iam::222222222222:role/admin"),
        ("roles", "arn:aws:iam::222222222222:role/cdk-*"),
        ("publishers", "arn:aws:iam::222222222222:role/cdk-hnb659fds-deploy-role-2-x"),
    ],
)
def test_nobody_else_is_declared_a_role_of_the_bootstrap(
    all_environments: Path, tmp_path: Path, field: str, arn: str
) -> None:
    def change(service: str, endpoint: dict[str, Any]) -> None:
        if service.endswith('.s3"') or '.s3"' in service:
            endpoint["Metadata"][DEPLOYMENTS.name][field].append(arn)

    world = _with(all_environments, tmp_path, change)
    (s3,) = world.s3_endpoints
    with pytest.raises(MlopsError, match="no role of the CDK's bootstrap"):
        deployers(s3)


@pytest.mark.parametrize("number", [2, 13])
def test_a_deployer_that_no_build_becomes_is_found(
    all_environments: Path, tmp_path: Path, number: int
) -> None:
    """The table on the endpoints is no review: the charters of builds are."""
    role = "arn:aws:iam::999999999999:role/cdk-x-file-publishing-role-999999999999-eu-central-1"

    def declare(_service: str, endpoint: dict[str, Any]) -> None:
        if DEPLOYMENTS.name in endpoint.get("Metadata", {}):
            endpoint["Metadata"][DEPLOYMENTS.name]["roles"].append(role)

    world = _with(all_environments, tmp_path, declare)
    (promise,) = (each for each in PROMISES if each.number == number)
    facts = [each for each in promise.claims(world) if isinstance(each, Fact)]
    missed = {each.what for each in facts if not each.holds}
    assert missed == {f"a charter says what becomes {role}"}
