"""The roles: one that runs pipelines, one for each kind of job, one for each function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from environments import RedshiftQuery
from mlops_contract.names import PROJECT_START
from secure_mlops_constructs.acknowledgments import acknowledge
from secure_mlops_constructs.job_logs import JobLogs
from secure_mlops_constructs.job_rights import LOG_GROUPS
from secure_mlops_constructs.private_function import FunctionRole
from secure_mlops_constructs.sagemaker_guard import ComputePerimeter, guards
from stacks import buckets, keys, model_export, model_import, pipeline_function_policies, roles
from stacks.base import EnvironmentStack, EnvironmentStage
from stacks.job_roles import job_roles
from stacks.key_rights import use_keys
from stacks.orchestration import JOB_NAMES, REGISTERING, orchestration_policy, orchestration_role
from stacks.people import People, Records
from stacks.query_role import SAGEMAKER, unload_role
from stacks.statements import allow, only, pass_role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from environments.promotion import Neighbour
    from stacks.network import NetworkStack


class IdentityStack(EnvironmentStack):
    """Roles with minimal rights; those in buckets and keys stand in `stacks.buckets`."""

    def __init__(self, stage: EnvironmentStage, *, network: NetworkStack) -> None:
        super().__init__(stage, "Identity", "Roles")
        settings = stage.settings
        self._groups = tuple(stage.model_package_groups)
        self._network = network
        self.jobs = job_roles(
            self,
            network=network,
            image_repositories=stage.image_repositories,
        )
        self.unload = unload_role(self) if isinstance(settings.batch.query, RedshiftQuery) else None
        self._job_logs: tuple[str, ...] = ()
        if settings.retention.own_job_logs:
            logging = self.function_logging(self.key_arns[buckets.LOGS])
            self._job_logs = JobLogs(self, "JobLogs", logging=logging).arns
        self._guards = self._guard_policies()
        jobs = [self.jobs[name] for name in roles.JOBS]
        running = orchestration_policy(self, jobs)
        self.orchestrating = [running, *self._guards.values()]
        self.orchestration = self._orchestration_role()
        self.delivery = self._delivery_role()
        self.keeper = self._keeper_role()
        self.called = self._called_roles()
        before = settings.previous_environment
        self.importer = self._importer_role(before) if before else None
        self.people = self._personas()
        acknowledge(
            self,
            *(f"AwsSolutions-IAM5[Resource::{arn}]" for arn in self._package_arns()),
            reason="The versions of a model package group of ours, which SageMaker numbers.",
        )
        logs = self.arn("logs", f"log-group:{LOG_GROUPS}*")
        acknowledge(
            self,
            f"AwsSolutions-IAM5[Resource::{logs}]",
            reason="SageMaker names log groups and streams after the kind and name of a job.",
        )
        acknowledge(
            self,
            "AwsSolutions-IAM5[Resource::*]",
            reason=(
                "Describing a network, signing in to ECR and putting metrics (limited to namespaces"
                " of ours and SageMaker's) have no resource in IAM; of models, a Deny beside the"
                " right names whose versions."
            ),
        )
        published = {name: role.role_arn for name, role in self.jobs.items()}
        if self.unload is not None:
            published[roles.UNLOAD] = self.unload.role_arn
        published[roles.ORCHESTRATION] = self.orchestration.role_arn
        published[roles.SCIENTIST] = self.people.scientist.role_arn
        published[roles.ADMINISTRATOR] = self.people.administrator.role_arn
        published[roles.AUDITOR] = self.people.auditor.role_arn
        published[roles.BREAK_GLASS] = self.people.break_glass.role_arn
        # For other roles that may call SageMaker.
        guard_arns = {
            f"policy/{name}-guard": policy.managed_policy_arn
            for name, policy in self._guards.items()
        }
        self.publish({**{f"role/{name}": arn for name, arn in published.items()}, **guard_arns})

    def by_name(self) -> dict[str, iam.IRole]:
        """Return the roles that buckets name, by their names."""
        functions = {roles.DELIVERY: self.delivery, roles.KEEPER: self.keeper}
        if self.importer is not None:
            functions[roles.IMPORTER] = self.importer
        return {
            **self.jobs,
            **({roles.UNLOAD: self.unload} if self.unload else {}),
            roles.ORCHESTRATION: self.orchestration,
            roles.SCIENTIST: self.people.scientist,
            **{name: function.role for name, function in functions.items()},
        }

    def _orchestration_role(self) -> iam.Role:
        return orchestration_role(
            self,
            roles.ORCHESTRATION,
            description="SageMaker Pipelines: starts jobs inside the perimeter, registers models",
            policies=self.orchestrating,
            pipelines=self.arn("sagemaker", f"pipeline/{self.names.prefix}-*"),
            statements=[
                allow(
                    "CallFunctions",
                    ["lambda:InvokeFunction"],
                    *(
                        self.arn("lambda", f"function:{self.names.function(name)}")
                        for name in roles.CALLED
                    ),
                ),
                *self._giving_query_role(),
                *(
                    [allow("RegisterModels", REGISTERING, *self._package_arns())]
                    if self._groups
                    else []
                ),
            ],
        )

    def _giving_query_role(self) -> list[iam.PolicyStatement]:
        querying = self.jobs.get(roles.QUERY)
        if querying is None:
            return []
        return [pass_role("PassQueryRole", SAGEMAKER, querying.role_arn)]

    def _guard_policies(self) -> dict[str, iam.ManagedPolicy]:
        """Make the policies that keep SageMaker compute inside, for every role that calls it."""
        return {
            name: iam.ManagedPolicy(
                self,
                f"{name.title()}Guard",
                managed_policy_name=f"{self.names.prefix}-{name}-guard",
                description="Refuses SageMaker compute outside the perimeter",
                statements=statements,
            )
            for name, statements in guards(self.compute_perimeter()).items()
        }

    def _personas(self) -> People:
        functions = (self.delivery, self.keeper, *([self.importer] if self.importer else []))
        groups = [function.log_group for function in functions]
        own = (group.log_group_arn for group in groups)
        return People(
            self,
            "People",
            projects=self.projects,
            key_arns=self.key_arns,
            package_arns=self._decided_arns(),
            guards=list(self._guards.values()),
            records=Records(
                log_groups=(*own, *self._job_logs, self._network.flow_log_group_arn),
                flow_log=self._network.flow_log_arn,
            ),
        )

    def compute_perimeter(self) -> ComputePerimeter:
        """Return the perimeter of SageMaker compute in this environment."""
        models = (JOB_NAMES, f"{self.names.prefix}-*")
        return ComputePerimeter(
            subnet_ids=self._network.subnet_ids,
            security_group_ids=(self._network.job_group_id,),
            volume_key_arn=self.key_arns[keys.VOLUMES],
            output_key_arns=tuple(
                self.key_arns[each] for each in buckets.written_by_jobs(self.projects)
            ),
            instance_types=self.settings.instance_types,
            model_arns=tuple(self.arn("sagemaker", f"model/{name}") for name in models),
            api_endpoint_id=self._network.sagemaker_endpoint_id,
        )

    def _delivery_role(self) -> FunctionRole:
        # Which assets it reads is added where the deliveries are, asset by asset.
        return self._function_role(
            roles.DELIVERY,
            "Delivers code, wheelhouses and data at deployment",
            [use_keys(self, roles.DELIVERY)],
        )

    def _keeper_role(self) -> FunctionRole:
        return self._function_role(
            roles.KEEPER,
            "Copies the newest approved model to the champion's folder",
            [
                *self._on_packages("ReadPackages", "DescribeModelPackage", "ListModelPackages"),
                use_keys(self, roles.KEEPER),
            ],
        )

    def _called_roles(self) -> dict[str, FunctionRole]:
        rights = pipeline_function_policies.statements(
            self.names,
            bus_arn=self.arn("events", f"event-bus/{self.names.event_bus}"),
            package_arns=self._package_arns(),
        )
        return {
            name: self._function_role(
                name, pipeline_function_policies.DESCRIPTIONS[name], rights[name]
            )
            for name in roles.CALLED
        }

    def _importer_role(self, before: Neighbour) -> FunctionRole:
        source, ours = model_import.Source(self, before), self._package_arns()
        role = self._function_role(
            roles.IMPORTER,
            f"Brings approved models from {before.name}",
            [
                *source.reading(self._network.s3_endpoint_id),
                *only("SeesVersions", model_export.SEEING, *ours, source.versions),
                *(only("RegisterModels", model_import.REGISTERING, *ours) if ours else ()),
                use_keys(self, roles.IMPORTER),
            ],
        )
        source.declare(role)
        return role

    def _function_role(
        self, name: str, description: str, statements: Sequence[iam.PolicyStatement]
    ) -> FunctionRole:
        return FunctionRole(
            self,
            name,
            name=self.names.role(name),
            description=description,
            statements=[*statements, *self._network.from_inside(name)],
            network_policy=self._network.function_network_policy,
            logging=self.function_logging(self.key_arns[buckets.LOGS]),
        )

    def _on_packages(self, sid: str, *actions: str) -> list[iam.PolicyStatement]:
        resources = self._decided_arns()
        if not resources:
            return []
        return only(sid, [f"sagemaker:{action}" for action in actions], *resources)

    def _decided_arns(self) -> list[str]:
        """Name the model versions that are approved here, those of projects too."""
        if self.settings.project_template is None:
            return self._package_arns()
        projects = f"{self.names.prefix}-{PROJECT_START}*/*"
        return [*self._package_arns(), self.arn("sagemaker", f"model-package/{projects}")]

    def _package_arns(self) -> list[str]:
        return [self.arn("sagemaker", f"model-package/{group}/*") for group in self._groups]
