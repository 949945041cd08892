"""One environment: its stacks, in the order in which they need each other."""

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

    Keys come first, since everything is encrypted; buckets after roles, whose rights they grant;
    pipelines last, with what they start from.

    Parameters
    ----------
    project_seed : str, optional
        Key of the archive that repositories of projects begin with.
    delivered : sequence of EnvironmentSettings
        The environments that a delivery here goes through, this one first; none without one.
    delete_data : bool
        Whether this deployment agrees to data going with their stacks. They do only if the
        settings say so, too: two keys, turned in two places.
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
        if settings.delivery is not None:
            delivered = delivered or (settings,)
        environment = cdk.Environment(account=settings.account, region=settings.region)
        super().__init__(scope, settings.name, env=environment)
        known_pipelines(settings, pipelines)
        groups = sorted(
            {group for pipeline in pipelines for group in pipeline.model_package_groups}
        )
        settings = with_data_kept(settings, unless=delete_data)
        keys = KeysStack(self, "Keys", settings=settings)
        images = image_repositories(
            pipelines, partition=keys.partition, account=settings.account, region=settings.region
        )
        charters = Charters(
            settings,
            keys,
            key_arns=keys.arns,
            model_package_groups=groups,
            image_repositories=images,
            delivered=delivered,
        )
        boundary = BoundaryStack(self, "Boundary", settings=settings, charters=charters)
        network = NetworkStack(
            self,
            "Network",
            settings=settings,
            logs_key_arn=keys.arns[LOGS],
            image_repositories=images,
            delivered=delivered,
        )
        identity = IdentityStack(
            self,
            "Identity",
            settings=settings,
            key_arns=keys.arns,
            network=network,
            model_package_groups=groups,
            image_repositories=images,
        )
        delivering = None
        if settings.delivery is not None:
            delivering = DeliveryIdentityStack(
                self,
                "DeliveryIdentity",
                settings=settings,
                delivered=delivered,
                key_arns=keys.arns,
                network=network,
                model_package_groups=groups,
            )
        projects = None
        if settings.project_template is not None and delivering is not None:
            projects = ProjectIdentityStack(
                self,
                "ProjectIdentity",
                settings=settings,
                key_arns=keys.arns,
                identity=identity,
                delivering=delivering,
            )
        storage = StorageStack(
            self,
            "Storage",
            settings=settings,
            key_arns=keys.arns,
            s3_endpoint_id=network.s3_endpoint_id,
            identity=identity,
            delivering=delivering,
            projects=projects,
        )
        registry = RegistryStack(
            self,
            "Registry",
            settings=settings,
            key_arns=keys.arns,
            place=network.place,
            keeper_role=identity.keeper,
            importer_role=identity.importer,
            model_package_groups=groups,
        )
        pipelines_stack = PipelinesStack(
            self,
            "Pipelines",
            settings=settings,
            key_arns=keys.arns,
            network=network,
            identity=identity,
            pipelines=pipelines,
            dataset=dataset,
        )
        batch = BatchStack(
            self,
            "Batch",
            settings=settings,
            key_arns=keys.arns,
            place=network.place,
            called=identity.called,
        )
        pipelines_stack.add_stack_dependency(batch)
        announcements = EventsStack(self, "Events", settings=settings, key_arns=keys.arns)
        delivery = None
        if delivering is not None:
            delivery = DeliveryStack(
                self,
                "Delivery",
                settings=settings,
                delivered=delivered,
                key_arns=keys.arns,
                network=network,
                delivering=delivering,
                model_package_groups=groups,
            )
            delivery.add_stack_dependency(storage)
        schedules = SchedulesStack(
            self, "Schedules", settings=settings, key_arns=keys.arns, pipelines=pipelines
        )
        schedules.add_stack_dependency(pipelines_stack)
        if projects is not None:
            ProjectTemplateStack(
                self,
                "ProjectTemplate",
                settings=settings,
                pipelines=project_pipelines,
                launch_role=projects.launch.frozen,
                scientists=identity.people.scientist,
                seed=project_seed,
                after=(network, storage),  # which publish what projects look up
            )
        # Monitoring is the last one: it watches what the others have made.
        monitoring = MonitoringStack(
            self, "Monitoring", settings=settings, key_arns=keys.arns, pipelines=pipelines
        )
        for watched in (identity, pipelines_stack, announcements, schedules, delivery):
            if watched is not None:
                monitoring.add_stack_dependency(watched)
        boundary.put_over_roles(self)
        charters.put_on_roles(self, network)
        # Buckets are named, not referenced, so CloudFormation has to be told what comes first.
        registry.add_stack_dependency(storage)
        pipelines_stack.add_stack_dependency(storage)
        pipelines_stack.add_stack_dependency(registry)
        for key, value in {**settings.tags, ENVIRONMENT_TAG: settings.name}.items():
            cdk.Tags.of(self).add(key, value)


def with_data_kept(settings: EnvironmentSettings, *, unless: bool) -> EnvironmentSettings:
    """Keep data whatever the settings say, unless the deployment agrees to lose them."""
    if unless:
        return settings
    kept = settings.retention.model_copy(update={"keep_data": True})
    return settings.model_copy(update={"retention": kept})
