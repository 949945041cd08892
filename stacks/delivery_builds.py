"""The work of each build of a delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environments.names import ResourceNames
from secure_mlops_constructs.private_build import BuildWork
from stacks import roles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from environments.settings import EnvironmentSettings

TRAIN, INFERENCE, REVIEW = (f"buildspec-{name}.yml" for name in ("train", "inference", "review"))
# Synthesis, proofs and tests use every processor that there is.
LARGE = "BUILD_GENERAL1_LARGE"
VERIFY_MINUTES, REVIEW_MINUTES, DEPLOY_MINUTES = 60, 45, 120
MINUTES = 60  # of an hour
# What a project's own build tests: its pipelines and the code of its jobs.
TESTS_OF_PROJECTS = "tests/unit/pipeline_definitions tests/unit/processing_code"


def build_works(
    settings: EnvironmentSettings,
    delivered: Sequence[EnvironmentSettings],
    clone_url: str | None,
) -> dict[str, BuildWork]:
    """Return the builds of an environment, by their roles; `PARTS` splits one buildspec by role."""
    delivery = settings.delivery
    assert delivery is not None  # noqa: S101 - only an environment with a delivery has builds
    names = ",".join(each.name for each in delivered)
    common = {
        "ENVIRONMENT": settings.name,
        "ENVIRONMENTS": names,
        "PACKAGES": ResourceNames(settings).packages,
    }
    waiting = delivery.build_hours * MINUTES
    works = {
        roles.BUILD_VERIFY: BuildWork(
            TRAIN,
            "Synthesizes with rule packs and proofs, checks and tests",
            {**common, "PARTS": "verify"},
            minutes=VERIFY_MINUTES,
            size=LARGE,
            reports=True,
        ),
        roles.BUILD_TRAIN: BuildWork(
            TRAIN,
            "Starts the training pipeline, waits for its end, publishes what came out",
            {**common, "PARTS": "train"},
            minutes=waiting,
        ),
        roles.BUILD_INFERENCE: BuildWork(
            INFERENCE, "Brings an approved model into the batch pipeline", common, minutes=waiting
        ),
        roles.BUILD_REVIEW: BuildWork(
            REVIEW,
            "Says what a pull request changes",
            {**common, "DEPLOYED": settings.name},
            clone_url=clone_url,
            minutes=REVIEW_MINUTES,
            size=LARGE,
            reports=True,
            several=True,
        ),
    }
    for target in delivered:
        works[roles.deploying_build(target.name)] = BuildWork(
            TRAIN,
            f"Deploys to {target.name} what was verified",
            {**common, "ENVIRONMENT": target.name, "PARTS": "deploy"},
            minutes=DEPLOY_MINUTES,
        )
    if delivery.smoke_environments:
        works[roles.BUILD_SMOKE] = BuildWork(
            TRAIN,
            "Scores a batch where a delivery has been deployed",
            {**common, "PARTS": "smoke"},
            minutes=waiting,
        )
    return works


def project_works(
    settings: EnvironmentSettings, project: str, clone_url: str
) -> dict[str, BuildWork]:
    """Return the builds of a team's project."""
    delivery = settings.delivery
    assert delivery is not None  # noqa: S101 - the settings have checked it
    common = {
        "ENVIRONMENT": settings.name,
        "ENVIRONMENTS": settings.name,
        "PACKAGES": ResourceNames(settings).packages,
        "TESTS": TESTS_OF_PROJECTS,
    }
    return {
        roles.PROJECT_TRAIN: BuildWork(
            TRAIN,
            "Verifies, brings the project's pipelines up to the repository, trains",
            {**common, "PARTS": "verify,project", "PROJECT": project},
            clone_url=clone_url,
            minutes=delivery.build_hours * MINUTES,
            size=LARGE,
            reports=True,
        ),
        roles.PROJECT_REVIEW: BuildWork(
            REVIEW,
            "Says what a pull request changes",
            common,
            clone_url=clone_url,
            minutes=REVIEW_MINUTES,
            size=LARGE,
            reports=True,
        ),
    }
