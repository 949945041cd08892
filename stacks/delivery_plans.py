"""The stages of the pipelines that deliver."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from environments.names import ResourceNames
from secure_mlops_constructs.delivery_pipeline import SOURCE, Action, DeliveryPlan, Stage, Trigger
from secure_mlops_constructs.delivery_triggers import MODEL_PACKAGE
from stacks import roles
from stacks.delivery_names import ARTIFACT_FOLDER_LENGTH, ARTIFACT_NAME_LENGTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from environments.delivery import DeliverySettings, PromotionSettings
    from environments.settings import EnvironmentSettings

VERIFIED, RESULTS, BASE = "Verified", "Results", "Base"
TRAINING = "Training"  # namespace of what the training build exports
APPROVED = (f"#{{{TRAINING}.MODEL_APPROVAL_STATUS}}", "Approved")


def delivery_plan(settings: EnvironmentSettings) -> DeliveryPlan:
    """Plan a change's way: verify once, deploy the proved assembly, train, then promote."""
    delivery = _delivery(settings)
    stages = [
        _source(delivery),
        Stage(
            "Verify",
            (_build(settings, roles.BUILD_VERIFY, inputs=(SOURCE,), outputs=(VERIFIED,)),),
        ),
        Stage(f"Deploy-{settings.name}", (_deploying(settings, settings.name),)),
        Stage(
            "Train",
            (
                _build(
                    settings,
                    roles.BUILD_TRAIN,
                    inputs=(SOURCE,),
                    outputs=(RESULTS,),
                    namespace=TRAINING,
                ),
            ),
        ),
    ]
    for promotion in delivery.promotions:
        stages += _promoting(settings, promotion)
    trigger = None
    if delivery.connection_arn is not None:
        trigger = Trigger(delivery.branch, ignored_paths=delivery.ignored_paths)
    return DeliveryPlan(tuple(stages), trigger=trigger)


def promotion_plan(settings: EnvironmentSettings) -> DeliveryPlan:
    """Plan the way of an approved model into the batch pipeline."""
    variables = [
        {"name": MODEL_PACKAGE, "value": f"#{{variables.{MODEL_PACKAGE}}}", "type": "PLAINTEXT"}
    ]
    build = _build(
        settings,
        roles.BUILD_INFERENCE,
        inputs=(SOURCE,),
        outputs=(RESULTS,),
        variables=variables,
    )
    return DeliveryPlan(
        (_source(_delivery(settings)), Stage("Promote", (build,))),
        variables={MODEL_PACKAGE: "ARN of the model package that was approved"},
        every_one=True,
    )


def review_plan(settings: EnvironmentSettings) -> DeliveryPlan:
    """Plan the review of a connection's pull request, whose target branch is a second source."""
    delivery = _delivery(settings)
    change = _source_action(delivery, SOURCE)
    base = _source_action(delivery, BASE)
    build = _build(settings, roles.BUILD_REVIEW, inputs=(SOURCE, BASE), outputs=(RESULTS,))
    return DeliveryPlan(
        (Stage("Source", (change, base)), Stage("Review", (build,))),
        trigger=Trigger(delivery.branch, pull_requests=True),
        every_one=True,
    )


@dataclass(frozen=True)
class ArtifactUse:
    """The artifacts that a build reads and writes.

    Parameters
    ----------
    taken, left : tuple of str
        Key prefixes; CodePipeline's keys are ``<pipeline>/<artifact>/<id>``, both names shortened
        (CodePipeline User Guide, "Input and output artifacts").
    """

    taken: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def artifact_uses(settings: EnvironmentSettings) -> dict[str, ArtifactUse]:
    """Return the artifacts of each build's role; reviews of unread code share none of them."""
    names = ResourceNames(settings)
    plans = {
        names.delivery_pipeline: delivery_plan(settings),
        names.inference_pipeline: promotion_plan(settings),
    }
    if _delivery(settings).connection_arn is not None:
        plans[names.build("review")] = review_plan(settings)
    uses = {}
    for role in roles.builds(settings):
        project = names.build(role.removeprefix("build-"))
        sides: tuple[set[str], set[str]] = (set(), set())
        for pipeline, plan in plans.items():
            for action in (each for stage in plan.stages for each in stage.actions):
                if action.configuration.get("ProjectName") == project:
                    for side, artifacts in zip(sides, (action.inputs, action.outputs), strict=True):
                        side.update(artifact_prefix(pipeline, each) for each in artifacts)
        uses[role] = ArtifactUse(*(tuple(sorted(side)) for side in sides))
    return uses


def artifact_prefix(pipeline: str, artifact: str) -> str:
    """Return the key prefix of an artifact."""
    return f"{pipeline[:ARTIFACT_FOLDER_LENGTH]}/{artifact[:ARTIFACT_NAME_LENGTH]}/"


def _promoting(settings: EnvironmentSettings, promotion: PromotionSettings) -> list[Stage]:
    name = promotion.environment
    manual = promotion.approval == "manual"
    actions = [_deploying(settings, name)]
    if promotion.smoke_batch:
        there = [{"name": "ENVIRONMENT", "value": name, "type": "PLAINTEXT"}]
        smoke = _build(settings, roles.BUILD_SMOKE, inputs=(SOURCE,), order=2, variables=there)
        actions.append(smoke)
    deploy = Stage(
        f"Deploy-{name}",
        tuple(actions),
        variable=None if manual else APPROVED,
        goes_back=True,
    )
    return [Stage(f"Approve-{name}", (_approval(name),)), deploy] if manual else [deploy]


def _approval(environment: str) -> Action:
    return Action(
        name=f"approve-{environment}",
        category="Approval",
        provider="Manual",
        configuration={
            "CustomData": f"Deploy to {environment} what was verified, deployed and trained before?"
        },
    )


def _source(delivery: DeliverySettings) -> Stage:
    return Stage("Source", (_source_action(delivery, SOURCE),))


def _source_action(delivery: DeliverySettings, name: str) -> Action:
    """Fetch the branch; a rule starts the pipeline, nothing polls."""
    if delivery.connection_arn is None:
        provider = "CodeCommit"
        configuration = {
            "RepositoryName": delivery.repository,
            "PollForSourceChanges": "false",
        }
    else:
        provider = "CodeStarSourceConnection"
        configuration = {
            "ConnectionArn": delivery.connection_arn,
            "FullRepositoryId": delivery.repository,
            "DetectChanges": "false",
        }
    return Action(
        name=name,
        category="Source",
        provider=provider,
        configuration={
            **configuration,
            "BranchName": delivery.branch,
            "OutputArtifactFormat": "CODE_ZIP",
        },
        outputs=(name,),
    )


def _deploying(settings: EnvironmentSettings, target: str) -> Action:
    return _build(settings, roles.deploying_build(target), inputs=(SOURCE, VERIFIED))


def _build(
    settings: EnvironmentSettings,
    role: str,
    *,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...] = (),
    order: int = 1,
    namespace: str | None = None,
    variables: Sequence[dict[str, str]] = (),
) -> Action:
    name = role.removeprefix("build-")
    configuration = {"ProjectName": ResourceNames(settings).build(name)}
    if len(inputs) > 1:
        configuration["PrimarySource"] = SOURCE
    if variables:
        configuration["EnvironmentVariables"] = json.dumps(list(variables))
    return Action(
        name=name,
        category="Build",
        provider="CodeBuild",
        configuration=configuration,
        inputs=inputs,
        outputs=outputs,
        order=order,
        namespace=namespace,
    )


def _delivery(settings: EnvironmentSettings) -> DeliverySettings:
    assert settings.delivery is not None  # noqa: S101 - only an environment with a delivery
    return settings.delivery
