"""A pipeline of CodePipeline, written as plain stages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws_cdk import aws_codepipeline as codepipeline
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_iam as iam

Pipeline = codepipeline.CfnPipeline
SOURCE = "Source"  # name of the source action, and of what it hands on


@dataclass(frozen=True)
class Action:
    """One action of a stage.

    `configuration` is as the `provider` asks for it. Actions with the same `order` run side by
    side; later actions find an action's variables under its `namespace`.
    """

    name: str
    category: str
    provider: str
    configuration: Mapping[str, str]
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    order: int = 1
    namespace: str | None = None


@dataclass(frozen=True)
class Stage:
    """One stage of a pipeline.

    The stage is entered only if `variable`, such as ``#{namespace.name}``, has the value beside it.
    With `goes_back` a failure restores the execution of this stage that last succeeded.
    """

    name: str
    actions: tuple[Action, ...]
    variable: tuple[str, str] | None = None
    goes_back: bool = False


@dataclass(frozen=True)
class ArtifactStore:
    """The place of a pipeline's artifacts."""

    bucket: str
    key_arn: str


@dataclass(frozen=True)
class Trigger:
    """The trigger of a pipeline whose source is a connection.

    `branch` is that of pushes, or the destination of pull requests. A change of `ignored_paths`
    alone starts nothing.
    """

    branch: str
    ignored_paths: tuple[str, ...] = ()
    pull_requests: bool = False


@dataclass(frozen=True)
class DeliveryPlan:
    """The stages of a pipeline, the source first, and its trigger.

    Without a trigger a rule or a person starts the pipeline. With `every_one` every execution runs,
    one after another; otherwise a newer one replaces one that waits.
    """

    stages: tuple[Stage, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    trigger: Trigger | None = None
    every_one: bool = False


class DeliveryPipeline(Construct):
    """A pipeline of type V2, all of whose actions work under one role."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        role: iam.IRole,
        store: ArtifactStore,
        plan: DeliveryPlan,
    ) -> None:
        super().__init__(scope, construct_id)
        self.pipeline = Pipeline(
            self,
            "Pipeline",
            name=name,
            pipeline_type="V2",
            execution_mode="QUEUED" if plan.every_one else "SUPERSEDED",
            role_arn=role.role_arn,
            artifact_store=Pipeline.ArtifactStoreProperty(
                type="S3",
                location=store.bucket,
                encryption_key=Pipeline.EncryptionKeyProperty(id=store.key_arn, type="KMS"),
            ),
            stages=[_stage(each) for each in plan.stages],
            variables=[
                Pipeline.VariableDeclarationProperty(name=variable, description=meaning)
                for variable, meaning in plan.variables.items()
            ]
            or None,
            triggers=[_trigger(plan.trigger)] if plan.trigger else None,
            restart_execution_on_update=False,
        )


def _stage(stage: Stage) -> codepipeline.CfnPipeline.StageDeclarationProperty:
    before = None
    if stage.variable:
        name, value = stage.variable
        rule = Pipeline.RuleDeclarationProperty(
            name="Policy",
            rule_type_id=Pipeline.RuleTypeIdProperty(
                category="Rule", owner="AWS", provider="VariableCheck", version="1"
            ),
            configuration={"Variable": name, "Operator": "EQ", "Value": value},
        )
        condition = Pipeline.ConditionProperty(result="FAIL", rules=[rule])
        before = Pipeline.BeforeEntryConditionsProperty(conditions=[condition])
    back = Pipeline.FailureConditionsProperty(result="ROLLBACK") if stage.goes_back else None
    return Pipeline.StageDeclarationProperty(
        name=stage.name,
        actions=[_action(each) for each in stage.actions],
        before_entry=before,
        on_failure=back,
    )


def _action(action: Action) -> codepipeline.CfnPipeline.ActionDeclarationProperty:
    return Pipeline.ActionDeclarationProperty(
        name=action.name,
        action_type_id=Pipeline.ActionTypeIdProperty(
            category=action.category, owner="AWS", provider=action.provider, version="1"
        ),
        configuration=dict(action.configuration),
        input_artifacts=[Pipeline.InputArtifactProperty(name=name) for name in action.inputs],
        output_artifacts=[Pipeline.OutputArtifactProperty(name=name) for name in action.outputs],
        run_order=action.order,
        namespace=action.namespace,
    )


def _trigger(trigger: Trigger) -> codepipeline.CfnPipeline.PipelineTriggerDeclarationProperty:
    branches = Pipeline.GitBranchFilterCriteriaProperty(includes=[trigger.branch])
    paths = (
        Pipeline.GitFilePathFilterCriteriaProperty(excludes=list(trigger.ignored_paths))
        if trigger.ignored_paths
        else None
    )
    opened = Pipeline.GitPullRequestFilterProperty(events=["OPEN", "UPDATED"], branches=branches)
    pushed = Pipeline.GitPushFilterProperty(branches=branches, file_paths=paths)
    return Pipeline.PipelineTriggerDeclarationProperty(
        provider_type="CodeStarSourceConnection",
        git_configuration=Pipeline.GitConfigurationProperty(
            source_action_name=SOURCE,
            pull_request=[opened] if trigger.pull_requests else None,
            push=None if trigger.pull_requests else [pushed],
        ),
    )
