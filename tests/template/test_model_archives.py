"""Whoever has SageMaker look at models' archives does so as the settings say, and no otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from environments import load_environment
from environments.model_archives import ModelArchiveSettings
from promises.catalog import PROMISES
from promises.proving import Verdict, outcomes_of
from promises.work import listed_work
from promises.world import World, worlds_of
from tests.template import existing

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_contract.metadata import ExceptionRow

# Those that speak of buckets and their keys, of charters, and of what has to be possible.
ASKED = [each for each in PROMISES if each.number in {1, 12, 18, 21, 22}]


def of_archives(world: World) -> list[ExceptionRow]:
    (models,) = [each for each in world.buckets if "-models-" in each.name]
    return [each for each in models.exceptions if each.reason.startswith("Inferred")]


def verdicts(world: World) -> list[tuple[int, Verdict]]:
    return [(each.promise.number, each.verdict) for each in outcomes_of(world, ASKED)]


def with_looks(folder: Path, **looks: str) -> World:
    given = ModelArchiveSettings.model_validate(looks)
    settings = load_environment("dev").model_copy(update={"model_archives": given})
    (world,) = worlds_of([existing.synthesize(settings, folder, judged=False)])
    return world


@pytest.fixture(scope="module")
def shipped(all_environments: Path) -> World:
    return next(each for each in worlds_of([all_environments]) if each.name == "dev")


def test_registering_goes_through_a_service_only(shipped: World) -> None:
    found = {each.principal.rpartition("/")[2]: each for each in of_archives(shipped)}
    own = "secure-mlops-dev"
    assert {name: each.through for name, each in found.items()} == {
        f"{own}-orchestration": "a service",
        f"{own}-project-orchestration": "a service",
        f"{own}-build-inference": "a service",
        f"{own}-inference-job": "",
    }
    assert {(each.action, each.prefix) for each in found.values()} == {("s3:GetObject", "models/")}


@pytest.mark.slow
def test_off_leaves_the_bucket_shut(tmp_path: Path) -> None:
    world = with_looks(tmp_path, register_model="off", create_model="off")
    assert of_archives(world) == []
    assert verdicts(world) == [
        *((number, Verdict.PROVED) for number in (1, 12, 18, 21)),
        (22, Verdict.NOT_APPLICABLE),
    ]
    off = [each for each in listed_work(world) if each.startswith("turned off by the settings")]
    assert len(off) == 3  # of these roles: the importer is not of dev


@pytest.mark.slow
def test_the_other_words_hold_what_they_say(tmp_path: Path) -> None:
    world = with_looks(tmp_path, register_model="role", create_model="via-service")
    assert {each.principal[-13:]: each.through for each in of_archives(world)} == {
        "orchestration": "",
        "ild-inference": "",
        "inference-job": "a service",
    }
    assert verdicts(world) == [(number, Verdict.PROVED) for number in (1, 12, 18, 21, 22)]
