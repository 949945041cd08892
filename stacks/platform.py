"""One environment: its stacks, in the order of their dependencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from mlops_contract.names import ENVIRONMENT_TAG
from stacks.batch import BatchStack
from stacks.boundary import BoundaryStack
from stacks.buckets import LOGS
from stacks.charters import Charters
from stacks.delivery import DeliveryStack
from stacks.delivery_identity import DeliveryIdentityStack
from stacks.events import EventsStack
from stacks.identity import IdentityStack
from stacks.images import image_repositories
from stacks.keys import KeysStack
from stacks.monitoring import MonitoringStack, known_pipelines
from stacks.network import NetworkStack
from stacks.pipelines import PipelinesStack
from stacks.project_identity import ProjectIdentityStack
from stacks.project_template import ProjectTemplateStack
from stacks.registry import RegistryStack
from stacks.schedules import SchedulesStack
from stacks.storage import StorageStack

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from constructs import Construct

    from environments.settings import EnvironmentSettings
    from pipeline_definitions.built import BuiltPipeline


class PlatformStage(cdk.Stage):
    """The platform in one environment.

    Parameters
    ----------
    project_seed : str, optional
        Key of the archive that repositories of projects start with.
    delivered : sequence of EnvironmentSettings
        The environments that a delivery here goes through, this one first; none without one.
    delete_data : bool
        Whether this deployment agrees to data going with their stacks; the settings must, too.
    """

    def __init__(
        self,
        scope: Construct,
        settings: EnvironmentSettings,
        *,
        pipelines: Sequence[BuiltPipeline],
        dataset: Path | None = None,
        project_pipelines: Sequence[BuiltPipeline] = (),
        project_seed: str | None = None,
        delivered: Sequence[EnvironmentSettings] = (),
        delete_data: bool = False,
    ) -> None:
        environment = cdk.Environment(account=settings.account, region=settings.region)
        super().__init__(scope, settings.name, env=environment)
        known_pipelines(settings, pipelines)
        self._delivered = (delivered or (settings,)) if settings.delivery else delivered
        self._pipelines = pipelines
        self._groups = sorted(
            {group for pipeline in pipelines for group in pipeline.model_package_groups}
        )
        self._settings = settings = with_data_kept(settings, unless=delete_data)
        keys = KeysStack(self, "Keys", settings=settings)
        self._keys = keys.arns
        self._images = image_repositories(
            pipelines, partition=keys.partition, account=settings.account, region=settings.region
        )
        charters = Charters(
            settings,
            keys,
            key_arns=keys.arns,
            model_package_groups=self._groups,
            image_repositories=self._images,
            delivered=self._delivered,
        )
        boundary = BoundaryStack(self, "Boundary", settings=settings, charters=charters)
        self._network = NetworkStack(
            self,
            "Network",
            settings=settings,
            logs_key_arn=keys.arns[LOGS],
            image_repositories=self._images,
            delivered=self._delivered,
        )
        self._add_identities()
        self._storage = StorageStack(
            self,
            "Storage",
            settings=settings,
            key_arns=keys.arns,
            s3_endpoint_id=self._network.s3_endpoint_id,
            identity=self._identity,
            delivering=self._delivering,
            projects=self._projects,
        )
        watched = self._add_running(dataset)
        self._add_project_template(project_pipelines, project_seed)
        # Monitoring is the last one: it watches what the others have made.
        monitoring = MonitoringStack(
            self, "Monitoring", settings=settings, key_arns=keys.arns, pipelines=pipelines
        )
        for each in (self._identity, *watched):
            monitoring.add_stack_dependency(each)
        boundary.put_over_roles(self)
        charters.put_on_roles(self, self._network)
        for key, value in {**settings.tags, ENVIRONMENT_TAG: settings.name}.items():
            cdk.Tags.of(self).add(key, value)

    def _add_identities(self) -> None:
        """Add the roles of the platform, of a delivery and of projects."""
        settings = self._settings
        self._identity = IdentityStack(
            self,
            "Identity",
            settings=settings,
            key_arns=self._keys,
            network=self._network,
            model_package_groups=self._groups,
            image_repositories=self._images,
        )
        self._delivering: DeliveryIdentityStack | None = None
        self._projects: ProjectIdentityStack | None = None
        if settings.delivery is None:
            return
        self._delivering = DeliveryIdentityStack(
            self,
            "DeliveryIdentity",
            settings=settings,
            delivered=self._delivered,
            key_arns=self._keys,
            network=self._network,
            model_package_groups=self._groups,
        )
        if settings.project_template is not None:
            self._projects = ProjectIdentityStack(
                self,
                "ProjectIdentity",
                settings=settings,
                key_arns=self._keys,
                identity=self._identity,
                delivering=self._delivering,
            )

    def _add_running(self, dataset: Path | None) -> list[cdk.Stack]:
        """Add the registry, pipelines, what starts them and a delivery; return what is watched."""
        settings, keys, place = self._settings, self._keys, self._network.place
        registry = RegistryStack(
            self,
            "Registry",
            settings=settings,
            key_arns=keys,
            place=place,
            keeper_role=self._identity.keeper,
            importer_role=self._identity.importer,
            model_package_groups=self._groups,
        )
        pipelines = PipelinesStack(
            self,
            "Pipelines",
            settings=settings,
            key_arns=keys,
            network=self._network,
            identity=self._identity,
            pipelines=self._pipelines,
            dataset=dataset,
        )
        batch = BatchStack(
            self,
            "Batch",
            settings=settings,
            key_arns=keys,
            place=place,
            called=self._identity.called,
        )
        # Buckets are named, not referenced: CloudFormation does not see what depends on them.
        registry.add_stack_dependency(self._storage)
        for needed in (batch, self._storage, registry):
            pipelines.add_stack_dependency(needed)
        watched = [pipelines, EventsStack(self, "Events", settings=settings, key_arns=keys)]
        if self._delivering is not None:
            delivery = DeliveryStack(
                self,
                "Delivery",
                settings=settings,
                delivered=self._delivered,
                key_arns=keys,
                network=self._network,
                delivering=self._delivering,
                model_package_groups=self._groups,
            )
            delivery.add_stack_dependency(self._storage)
            watched.append(delivery)
        schedules = SchedulesStack(
            self, "Schedules", settings=settings, key_arns=keys, pipelines=self._pipelines
        )
        schedules.add_stack_dependency(pipelines)
        return [*watched, schedules]

    def _add_project_template(self, pipelines: Sequence[BuiltPipeline], seed: str | None) -> None:
        if self._projects is not None:
            ProjectTemplateStack(
                self,
                "ProjectTemplate",
                settings=self._settings,
                pipelines=pipelines,
                launch_role=self._projects.launch.frozen,
                scientists=self._identity.people.scientist,
                seed=seed,
                after=(self._network, self._storage),  # which publish what projects look up
            )


def with_data_kept(settings: EnvironmentSettings, *, unless: bool) -> EnvironmentSettings:
    """Keep data whatever the settings say, unless the deployment agrees to lose them."""
    if unless:
        return settings
    kept = settings.retention.model_copy(update={"keep_data": True})
    return settings.model_copy(update={"retention": kept})
