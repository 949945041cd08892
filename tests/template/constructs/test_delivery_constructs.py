"""Each construct of the delivery by itself passes the rule packs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from environments import load_environment
from stacks.base import FUNCTIONS
from tests.template.constructs.parts import KEY, QUEUE, function_role, imported_role, place

if TYPE_CHECKING:
    from collections.abc import Callable

    import aws_cdk as cdk

    Judge = Callable[[cdk.Stack], set[str]]


def _packages(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.package_repository import PackageRepository

    PackageRepository(stack, "Packages", name="p", key_arn=KEY, keep=True)


def _source(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.source_repository import SourceRepository

    SourceRepository(stack, "Source", name="r", key_arn=KEY, keep=True)


def _build(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.private_build import BuildPlace, BuildWork, PrivateBuild

    PrivateBuild(
        stack,
        "Build",
        name="b",
        role=imported_role(stack),
        log_group="/b",
        place=BuildPlace("vpc-1", ("subnet-1",), "sg-1", KEY, "reports"),
        work=BuildWork("buildspec.yml", "x", {"A": "1"}, reports=True),
    )


def _pipeline_of_deliveries(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.delivery_pipeline import ArtifactStore, DeliveryPipeline
    from stacks.delivery_plans import promotion_plan

    DeliveryPipeline(
        stack,
        "Pipeline",
        name="p",
        role=imported_role(stack),
        store=ArtifactStore("bucket", KEY),
        plan=promotion_plan(load_environment("dev")),
    )


def _triggers(stack: cdk.Stack) -> None:
    from secure_mlops_constructs.delivery_triggers import DeliveryTriggers, PushFilter

    here = "eu-central-1:111111111111"
    triggers = DeliveryTriggers(
        stack, "Triggers", name="t", role=imported_role(stack), dead_letters_arn=QUEUE
    )
    triggers.decided_models(["group"], f"arn:aws:codepipeline:{here}:p")
    repository = f"arn:aws:codecommit:{here}:r"
    triggers.pull_requests(repository, "main", f"arn:aws:codebuild:{here}:project/b")
    filtering = PushFilter(
        function_role(stack), FUNCTIONS / "push_filter", place(stack), "p", ("docs/**",)
    )
    triggers.pushes(repository, "main", filtering)


@pytest.mark.parametrize("make", [_packages, _source, _pipeline_of_deliveries, _triggers])
def test_a_construct_passes_by_itself(
    stack: cdk.Stack, findings: Judge, make: Callable[[cdk.Stack], None]
) -> None:
    make(stack)
    assert findings(stack) == set()


def test_a_build_leaves_the_way_to_its_source_to_its_user(
    stack: cdk.Stack, findings: Judge
) -> None:
    _build(stack)
    assert {found.partition(" at ")[0] for found in findings(stack)} == {
        "HIPAA.Security-CodeBuildProjectSourceRepoUrl",
        "PCI.DSS.321-CodeBuildProjectSourceRepoUrl",
    }
