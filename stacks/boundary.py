"""The permission boundaries, made before the first role."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from environments.schedules import SCHEDULES
from mlops_contract import parameters
from mlops_contract.names import BATCH_INFERENCE, ENVIRONMENT_TAG
from secure_mlops_constructs.permission_boundary import Ceiling, PermissionBoundaries, Rights
from stacks import model_import, promotion_rights, roles
from stacks.base import EnvironmentStack
from stacks.boundary_rights import (
    ASKING,
    DELIVERY,
    IMPORT,
    PEOPLE,
    PROMOTION,
    QUERY,
    RUNTIME,
    SCIENTIST,
)
from stacks.delivery_names import DeliveryNames
from stacks.project_boundary_rights import LAUNCH, PROJECT, with_projects
from stacks.project_people import products, started_projects
from stacks.project_rights import ProjectArns, lending
from stacks.query_rights import query_arns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from constructs import Construct

    from environments.settings import EnvironmentSettings
    from secure_mlops_constructs.permission_boundary import Rights

SAGEMAKER, SCHEDULER = "sagemaker.amazonaws.com", "scheduler.amazonaws.com"
PROVISIONING = "servicecatalog:ProvisionProduct"


class BoundaryStack(EnvironmentStack):
    """The policies that cap the roles of the environment, one for each kind of role.

    `stacks.platform` puts them on every role there is, whoever makes it.

    Parameters
    ----------
    image_repositories : sequence of str
        ARNs of AWS's repositories whose images jobs run.
    delivered : sequence of EnvironmentSettings
        The environments that builds here deploy to, by the roles of the CDK's bootstrap there.

    Attributes
    ----------
    runtime : ManagedPolicy
        Over jobs, functions and what starts them.
    all : dict of str to ManagedPolicy
        All by kind of role: these, ``delivery`` and ``promotion`` over what builds and releases,
        and ``query`` over the job that reads batches by a query, where an environment does.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: EnvironmentSettings,
        key_arns: Iterable[str],
        image_repositories: Sequence[str],
        delivered: Sequence[EnvironmentSettings] = (),
    ) -> None:
        super().__init__(
            scope, construct_id, settings=settings, description="Permission boundaries"
        )
        self._key_arns = tuple(key_arns)
        images = tuple(image_repositories)
        everywhere = self._buckets() + self._compute()
        runtime = Ceiling(
            everywhere + self._of_services("sns", "sqs") + self._of_batches(),
            passed_roles={SAGEMAKER: self._roles(*roles.jobs(settings))},
            image_repositories=images,
            decrypted_arns=self._staged(),
            key_arns=self._key_arns,
        )
        people = Ceiling(
            (
                *everywhere,
                *(*self._of_services("sqs"), self._starting_rules(), self._trail()),
                *self._importers(),
            ),
            passed_roles={SCHEDULER: self._roles(roles.SCHEDULER)},
            break_glass_arn=roles.role_arn(self, settings, roles.BREAK_GLASS),
            named={"scheduler:UpdateSchedule": self._schedules()},
        )
        delivery = Ceiling(
            (
                *(everywhere + self._of_delivery()),
                *DeliveryNames(self, settings).smoke_pipeline_arns(),
            ),
            taken_on=tuple(
                arn
                for target in delivered
                for arn in roles.bootstrap_role_arns(self.partition, target)
            ),
            named=self._named(),
            confined=(
                {"codebuild:StartBuild": (DeliveryNames(self, settings).projects_arn,)}
                if settings.delivery
                else {}
            ),
        )
        querying = Ceiling(
            (*everywhere, *query_arns(self, settings).changed), image_repositories=images
        )
        self.all = PermissionBoundaries(
            self,
            "Boundaries",
            prefix=self.names.prefix,
            kinds={
                "runtime": (RUNTIME, runtime),
                "people": (self._rights_of_people(), people),
                "scientist": self._scientist(everywhere),
                **(
                    {"delivery": (DELIVERY, delivery), "promotion": (PROMOTION, self._promotion())}
                    if settings.delivery
                    else {}
                ),
                **(
                    {"query": (QUERY[settings.batch.query.service], querying)}
                    if settings.batch.query
                    else {}
                ),
                **(
                    {"launch": (LAUNCH, self._launch()), "project": (PROJECT, self._projects())}
                    if settings.project_template
                    else {}
                ),
                **self._import(everywhere + self._of_services("sqs")),
            },
        ).policies
        self.runtime, self.people = self.all["runtime"], self.all["people"]
        self.publish(
            {
                f"{parameters.POLICIES}{kind}-boundary": each.managed_policy_arn
                for kind, each in self.all.items()
            }
        )

    def put_over(self, kind: str, *constructs: Construct) -> None:
        """Have the roles below constructs be of a kind; the inner construct counts."""
        for each in constructs:
            iam.PermissionsBoundary.of(each).apply(self.all[kind])

    def _roles(self, *names: str) -> tuple[str, ...]:
        return tuple(roles.role_arn(self, self.settings, name) for name in names)

    def _import(self, environment_arns: tuple[str, ...]) -> dict[str, tuple[Rights, Ceiling]]:
        """Give the boundary of the importer, where an environment promotes to this one."""
        before = self.settings.previous_environment
        if before is None:
            return {}
        source = model_import.Source(self, before)
        ceiling = Ceiling(
            environment_arns,
            decrypted_arns=tuple(source.contents),
            key_arns=self._key_arns,
            also=tuple(source.at_most()),
        )
        return {"import": (IMPORT, ceiling)}

    def _rights_of_people(self) -> Rights:
        if not self._importers():
            return PEOPLE
        return replace(
            PEOPLE,
            on_resources=f"{PEOPLE.on_resources} {ASKING}",
            changes=f"{PEOPLE.changes} {ASKING}",
        )

    def _importers(self) -> tuple[str, ...]:
        """Name the function that brings models here, if any."""
        arn = model_import.function_arn(self, self.settings)
        return () if arn is None else (arn,)

    # What roles may change, by the names that this environment gives.

    def _buckets(self) -> tuple[str, ...]:
        """Name our buckets and keys, not where the CDK uploads to: no role writes there."""
        return (f"arn:{self.partition}:s3:::{self.names.prefix}-*", *self._key_arns)

    def _staged(self) -> tuple[str, ...]:
        """Name what a deployment's function copies from: it is under the bootstrap's key, not ours.

        That is ``aws/s3`` unless the bootstrap was told otherwise (AWS CDK Developer Guide,
        "Customize AWS CDK bootstrapping").
        """
        bucket = f"arn:{self.partition}:s3:::{roles.assets_bucket(self)}"
        return bucket, f"{bucket}/*"

    def _compute(self) -> tuple[str, ...]:
        """Name what runs, and its logs.

        SageMaker names the jobs and models of a pipeline ``pipelines-…``, and the log groups of
        all jobs of the account; EC2 names network interfaces.
        """
        prefix, here = self.names.prefix, f"{self.region}:{self.account}"
        groups = f"arn:{self.partition}:logs:{here}:log-group:"
        sagemaker = f"arn:{self.partition}:sagemaker:{here}:*/"
        return (
            *(f"{sagemaker}{prefix}-*", f"{sagemaker}pipelines-*"),
            f"arn:{self.partition}:ec2:{here}:*",
            *(f"{groups}/aws/lambda/{prefix}-*", f"{groups}/aws/sagemaker/*"),
            f"{groups}/{prefix}/*",
        )

    def _of_services(self, *services: str) -> tuple[str, ...]:
        """Name resources whose ARNs end in a name of ours."""
        prefix, here = self.names.prefix, f"{self.region}:{self.account}"
        return tuple(f"arn:{self.partition}:{each}:{here}:{prefix}-*" for each in services)

    def _of_batches(self) -> tuple[str, ...]:
        """Name what pipelines call and where they announce."""
        here = f"{self.region}:{self.account}"
        return (
            f"arn:{self.partition}:lambda:{here}:function:{self.names.prefix}-*",
            f"arn:{self.partition}:events:{here}:event-bus/{self.names.event_bus}",
        )

    def _of_delivery(self) -> tuple[str, ...]:
        here, prefix = f"{self.region}:{self.account}", self.names.prefix
        return (
            *self._of_services("codepipeline", "sns", "sqs"),
            *(
                f"arn:{self.partition}:codebuild:{here}:{kind}/{prefix}-*"
                for kind in ("project", "build", "report-group", "report")
            ),
            f"arn:{self.partition}:codecommit:{here}:{self._repository()}",
        )

    def _named(self) -> dict[str, tuple[str, ...]]:
        """Name what a delivery starts, and its source; nothing where there is none."""
        settings = self.settings.delivery
        if settings is None:
            return {}
        delivery, connection = DeliveryNames(self, self.settings), settings.connection_arn
        using = {f"{connection.split(':')[2]}:UseConnection": (connection,)} if connection else {}
        return {
            **using,
            "codepipeline:StartPipelineExecution": (
                delivery.delivery_pipeline_arn,
                delivery.inference_pipeline_arn,
            ),
        }

    def _promotion(self) -> Ceiling:
        """Bound what makes a version of the batch pipeline, and has it scheduled."""
        pipeline = DeliveryNames(self, self.settings).pipeline_arn(BATCH_INFERENCE)
        schedule = promotion_rights.schedule_arn(self, self.settings)
        return Ceiling(
            (*self._buckets(), *self._compute(), schedule),
            passed_roles={
                SAGEMAKER: self._roles(roles.ORCHESTRATION),
                SCHEDULER: self._roles(roles.SCHEDULER),
            },
            named={
                "sagemaker:UpdatePipeline": (pipeline,),
                "scheduler:UpdateSchedule": (schedule,),
            },
        )

    def _scientist(self, everywhere: tuple[str, ...]) -> tuple[Rights, Ceiling]:
        """Bound data scientists, who start projects where there is a template for it."""
        if self.settings.project_template is None:
            return SCIENTIST, Ceiling(everywhere)
        started = {
            "sagemaker:CreateProject": (started_projects(self),),
            PROVISIONING: (products(self),),
        }
        arns = tuple(arn for each in started.values() for arn in each)
        tagged = {PROVISIONING: {ENVIRONMENT_TAG: self.settings.name}}
        ceiling = Ceiling((*everywhere, *arns), confined=started, tagged=tagged)
        return with_projects(SCIENTIST), ceiling

    def _launch(self) -> Ceiling:
        """Bound what starts projects, and their builds: to what projects have, by name."""
        arns = ProjectArns(self, self.settings)
        return Ceiling(
            (*self._key_arns, *arns.all_made, arns.stacks),
            passed_roles={
                "codebuild.amazonaws.com": self._roles(*roles.PROJECT_BUILDS),
                "events.amazonaws.com": self._roles(roles.PROJECT_STARTER),
                SAGEMAKER: self._roles(roles.PROJECT_ORCHESTRATION),
            },
            confined=lending(arns),
        )

    def _projects(self) -> Ceiling:
        """Bound what the builds of projects do."""
        arns = ProjectArns(self, self.settings)
        return Ceiling(
            (*self._buckets(), *self._compute(), arns.repositories, *arns.reports),
            passed_roles={SAGEMAKER: self._roles(roles.PROJECT_ORCHESTRATION)},
            confined={"sagemaker:CreatePipeline sagemaker:UpdatePipeline": (arns.pipelines,)},
        )

    def _repository(self) -> str:
        delivery = self.settings.delivery
        return roles.REPOSITORY if delivery is None else delivery.repository

    def _starting_rules(self) -> str:
        here = f"{self.region}:{self.account}"
        return f"arn:{self.partition}:events:{here}:rule/{self.names.prefix}-retraining-*"

    def _schedules(self) -> tuple[str, ...]:
        group = f"{self.region}:{self.account}:schedule/{self.names.schedule_group}"
        return tuple(f"arn:{self.partition}:scheduler:{group}/{name}" for name in SCHEDULES)

    def _trail(self) -> str:
        here = f"{self.region}:{self.account}"
        return f"arn:{self.partition}:cloudtrail:{here}:trail/{self.names.prefix}"
