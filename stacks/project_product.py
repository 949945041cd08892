"""The template of the product that a team starts a project from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_servicecatalog as servicecatalog

from environments import monitoring as kinds
from environments.names import LONGEST_GROUP, LONGEST_PROJECT, ProjectNames
from mlops_contract import parameters
from mlops_contract.names import PROJECT_ID, PROJECT_NAME, PROJECT_START
from secure_mlops_constructs.acknowledgments import acknowledge
from secure_mlops_constructs.dead_letters import dead_letter_name
from secure_mlops_constructs.delivery_triggers import DeliveryTriggers
from secure_mlops_constructs.private_build import BuildPlace, PrivateBuild
from secure_mlops_constructs.removal import removal_policy
from secure_mlops_constructs.sagemaker_pipeline import BoundPipeline
from secure_mlops_constructs.source_repository import Seed, SourceRepository
from secure_mlops_constructs.watched_part import Figure, WatchedPart
from stacks import buckets, keys, roles, runbook
from stacks.alarms import pipeline_records, platform_record
from stacks.delivery_builds import project_works
from stacks.delivery_names import DeliveryNames
from stacks.pipeline_values import pipeline_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from constructs import Construct

    from environments.settings import EnvironmentSettings
    from pipeline_definitions.built import BuiltPipeline
    from secure_mlops_constructs.watched_part import AlarmRecord

BRANCH = "main"
# The alarm over all of a project's.
ALARM = "project"
_TEXT, _LIST = (f"AWS::SSM::Parameter::Value<{each}>" for each in ("String", "CommaDelimitedList"))
# What the environment publishes, by the parameter of the template that takes it.
_KEYS = {
    buckets.ARTIFACTS: "ArtifactsKeyArn",
    buckets.DATA: "DataKeyArn",
    buckets.MODELS: "ModelsKeyArn",
    keys.VOLUMES: "VolumeKeyArn",
}


class ProjectProduct(servicecatalog.ProductStack):
    """A project, with no role of its own; it looks keys and network up in SSM parameters."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: EnvironmentSettings,
        pipelines: Sequence[BuiltPipeline],
        seed: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id, description=f"A project in {settings.name}")
        self._settings, self._pipelines = settings, pipelines
        self._project = self._project_name()
        self._names = ProjectNames(settings, self._project.value_as_string)
        self._subnets = self._published("SubnetIds", parameters.SUBNETS, _LIST).value_as_list
        self._key = self._published(
            "DeliveryKeyArn", parameters.key(buckets.DELIVERY)
        ).value_as_string
        self._keep = settings.retention.keep_data
        made = [*self._groups(), *self._bound(), *self._builds(), *self._triggers()]
        self._watch()
        self._accept_findings()
        archive = Seed(roles.assets_bucket(self), seed, BRANCH) if seed else None
        repository = SourceRepository(
            self,
            "Source",
            name=self._names.repository,
            description="Pipelines and job code of a project",
            key_arn=self._key,
            keep=self._keep,
            seed=archive,
        )
        # Last, so that its first commit finds who waits for it.
        repository.node.add_dependency(*made)
        identity = cdk.CfnParameter(
            self, PROJECT_ID, description="SageMaker fills it in.", min_length=1, max_length=20
        )
        for key, value in (("name", self._project), ("id", identity)):
            cdk.Tags.of(self).add(f"sagemaker:project-{key}", value.value_as_string)

    def _project_name(self) -> cdk.CfnParameter:
        groups = [group for each in self._pipelines for group in each.model_package_groups]
        others = [len(group.replace(f"${{{PROJECT_NAME}}}", "")) for group in groups]
        longest = min(LONGEST_PROJECT, LONGEST_GROUP - max(others, default=0))
        form = f"{PROJECT_START}[a-z0-9](-?[a-z0-9])*"
        return cdk.CfnParameter(
            self,
            PROJECT_NAME,
            description="The project's name; SageMaker fills it in.",
            allowed_pattern=form,
            max_length=longest,
            constraint_description=(
                f"begins with {PROJECT_START}, then lower-case letters, digits and single hyphens,"
                f" {longest} characters at most: {PROJECT_START}churn"
            ),
        )

    def _published(self, name: str, path: str, kind: str = _TEXT) -> cdk.CfnParameter:
        return cdk.CfnParameter(
            self,
            name,
            type=kind,
            default=self._names.parameter(path),
            description=f"Of the environment {self._settings.name}; leave it as it is.",
        )

    def _groups(self) -> Iterator[Construct]:
        names = {group for each in self._pipelines for group in each.model_package_groups}
        for number, name in enumerate(sorted(names), start=1):
            group = sagemaker.CfnModelPackageGroup(
                self,
                f"Models{number}",
                model_package_group_name=self._filled(name),
                model_package_group_description="Versions of a model of a project",
            )
            group.apply_removal_policy(removal_policy(keep=self._keep))
            yield group

    def _bound(self) -> Iterator[Construct]:
        used = {name for each in self._pipelines for name in each.placeholders}
        of_jobs = (*roles.JOBS,)
        values = pipeline_values(
            self._names,
            key_arns={
                purpose: self._published(name, parameters.key(purpose)).value_as_string
                for purpose, name in _KEYS.items()
                if name in used
            },
            role_arns={
                **{name: self._role(name) for name in of_jobs},
                roles.ORCHESTRATION: self._role(roles.PROJECT_ORCHESTRATION),
            },
            job_group_id=self._published(
                "JobSecurityGroupId", parameters.JOB_GROUP
            ).value_as_string,
            subnet_ids=self._subnet_ids,
        )
        for pipeline in self._pipelines:
            yield BoundPipeline(
                self,
                pipeline.name,
                name=pipeline.name,
                pipeline_name=self._names.pipeline(pipeline.name),
                display_name=f"{self._project.value_as_string}-{pipeline.name}",
                description=pipeline.description,
                definition=pipeline.definition,
                values={**values, PROJECT_NAME: self._project.value_as_string},
                role_arn=self._role(roles.PROJECT_ORCHESTRATION),
            )

    def _builds(self) -> Iterator[Construct]:
        place = BuildPlace(
            vpc_id=self._published("VpcId", parameters.VPC).value_as_string,
            subnet_ids=tuple(self._subnet_ids),
            security_group_id=self._published(
                "BuildSecurityGroupId", parameters.BUILD_GROUP
            ).value_as_string,
            key_arn=self._key,
        )
        clone_url = (
            f"https://git-codecommit.{self.region}.{self.url_suffix}/v1/repos/"
            f"{self._names.repository}"
        )
        works = project_works(self._settings, self._project.value_as_string, clone_url)
        for name, work in works.items():
            role = iam.Role.from_role_arn(self, name, self._role(name), mutable=False)
            yield PrivateBuild(
                self,
                f"{name}-build",
                name=self._build(name),
                role=role,
                log_group=DeliveryNames(self, self._settings).log_group(name),
                place=place,
                work=work,
            )

    def _triggers(self) -> Iterator[Construct]:
        triggers = DeliveryTriggers(
            self,
            "Triggers",
            name=self._names.own,
            role=iam.Role.from_role_arn(
                self, "Starter", self._role(roles.PROJECT_STARTER), mutable=False
            ),
            dead_letters_arn=self._arn("sqs", dead_letter_name(f"{self._names.prefix}-deliveries")),
        )
        repository = self._arn("codecommit", self._names.repository)
        train, review = (
            self._arn("codebuild", f"project/{self._build(name)}") for name in roles.PROJECT_BUILDS
        )
        triggers.changes(repository, BRANCH, train)
        triggers.pull_requests(repository, BRANCH, review)
        yield triggers

    def _watch(self) -> None:
        WatchedPart(
            self,
            "Watched",
            name=self._names.alarm(ALARM),
            meaning="A project needs a person",
            runbook=runbook.section(runbook.PROJECT),
            records=list(self._records()),
        )

    def _accept_findings(self) -> None:
        acknowledge(
            self,
            *(f"{pack}-CloudWatchAlarmAction" for pack in ("NIST.800.53.R5", "HIPAA.Security")),
            reason=(
                "Alarms act through the composite one above them, whose changes a rule of the"
                " environment tells in words."
            ),
        )
        acknowledge(
            self,
            *(
                f"{pack}-CodeBuildProjectSourceRepoUrl"
                for pack in ("HIPAA.Security", "PCI.DSS.321")
            ),
            reason=(
                "The rule asks every project for OAuth to GitHub or Bitbucket; these clone from"
                " CodeCommit with the role's credentials."
            ),
        )

    def _records(self) -> Iterator[AlarmRecord]:
        """List the alarms of any pipeline, and of the build that trains."""
        monitoring = self._settings.monitoring
        for pipeline in self._pipelines:
            limits = {
                kind: limit
                for kind, limit in monitoring.limits(pipeline.name).items()
                if kind in {kinds.FAILED, kinds.STEP_SLOW}
            }
            yield from pipeline_records(self._names, pipeline, limits)
        limit = monitoring.limits(kinds.PLATFORM).get(kinds.BUILD_FAILED)
        if limit is not None:
            name = self._build(roles.PROJECT_TRAIN)
            yield platform_record(
                self._names.alarm("train", kinds.BUILD_FAILED),
                kinds.BUILD_FAILED,
                name,
                limit,
                Figure("AWS/CodeBuild", "FailedBuilds", {"ProjectName": name}, "Sum"),
            )

    def _build(self, role: str) -> str:
        return self._names.build(role.removeprefix("build-project-"))

    def _filled(self, text: str) -> str:
        return text.replace(f"${{{PROJECT_NAME}}}", self._project.value_as_string)

    @property
    def _subnet_ids(self) -> list[str]:
        zones = self._settings.network.availability_zones
        return [cdk.Fn.select(number, self._subnets) for number in range(len(zones))]

    def _role(self, name: str) -> str:
        return roles.role_arn(self, self._settings, name)

    def _arn(self, service: str, rest: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{rest}"
