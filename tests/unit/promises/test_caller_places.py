"""Placeholders of the table of callers stand for what is in the templates, or are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mlops_common.errors import MlopsError
from promises.caller_places import short_name, values_of
from tests.unit.promises.callers import HERE, role_for, world_of_resources

if TYPE_CHECKING:
    from pathlib import Path

    from promises.world import World


def _job(name: str = "secure-mlops-crew-job") -> dict[str, Any]:
    role = role_for({"Service": "lambda.amazonaws.com"}, "sts:AssumeRole")
    role["Properties"]["RoleName"] = name
    return {"Job": role}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return world_of_resources(tmp_path, _job())


@pytest.mark.parametrize("name", ["ec3", "keys-logs", "grop", "environmnet"])
def test_a_misspelled_placeholder_is_refused_by_name(world: World, name: str) -> None:
    with pytest.raises(MlopsError, match=rf"callers\.yaml: \{{{name}\}} is neither a placeholder"):
        values_of(world, f"{{{name}}}:thing", world.roles[0])


def test_what_is_a_roles_is_nothing_to_a_service(world: World) -> None:
    with pytest.raises(MlopsError, match=r"\{role\} is neither"):
        values_of(world, "{role}", "events.amazonaws.com")


def test_a_service_stands_for_the_start_of_its_arns_in_the_worlds_partition(world: World) -> None:
    here = f"us-east-1:{HERE}:x"
    assert values_of(world, "{logs}:x", world.roles[0]) == [(f"arn:aws:logs:{here}",)]
    china = replace(world, stacks=(replace(world.stacks[0], region="cn-north-1"),))
    assert values_of(china, "{logs}:x", "a") == [(f"arn:aws-cn:logs:{here}",)]
    assert values_of(china, "arn:{partition}:s3:::b", "a") == [("arn:aws-cn:s3:::b",)]


def test_roles_name_the_environment_and_not_a_file(world: World) -> None:
    assert world.name == "crew"
    assert short_name(world, world.roles[0]) == "job"
    assert values_of(world, "{prefix}", "a") == [("secure-mlops-crew",)]


def test_roles_of_several_environments_leave_the_name_of_the_file(tmp_path: Path) -> None:
    other = {"Other": _job("secure-mlops-prod-job")["Job"]}
    assert world_of_resources(tmp_path, {**_job("secure-mlops-dev-job"), **other}).name == "team"
    assert world_of_resources(tmp_path, other).name == "prod"
