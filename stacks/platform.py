"""One environment: its stacks, in the order of their dependencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from mlops_contract.names import ENVIRONMENT_TAG
from stacks.base import EnvironmentStage
from stacks.batch import BatchStack
from stacks.boundary import BoundaryStack
from stacks.charters import Charters
from stacks.delivery import DeliveryStack
from stacks.delivery_identity import DeliveryIdentityStack
from stacks.events import EventsStack
from stacks.identity import IdentityStack
from stacks.images import image_repositories
from stacks.keys import KeysStack
from stacks.lookups import LookupsStack
from stacks.monitoring import MonitoringStack
from stacks.network import NetworkStack
from stacks.pipelines import PipelinesStack
from stacks.project_identity import ProjectIdentityStack
from stacks.project_template import ProjectTemplateStack
from stacks.registry import RegistryStack
from stacks.schedules import SchedulesStack
from stacks.storage import StorageStack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from environments.settings import EnvironmentSettings
    from pipeline_definitions.built import BuiltPipeline
    from stacks.delivered_data import DeliveredData

# What has our own tag only, which never changes: CloudFormation updates no protected association,
# and would replace the log of look-ups, of which a VPC has one (aws-cdk, pull request 38795;
# aws-samples/sample-autonomous-cloud-coding-agents, issue 221).
_NEVER_TAGGED_ANEW = [
    "AWS::Route53Resolver::FirewallRuleGroupAssociation",
    "AWS::Route53Resolver::ResolverQueryLoggingConfig",
]


class PlatformStage(EnvironmentStage):
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
        dataset: DeliveredData | None = None,
        project_pipelines: Sequence[BuiltPipeline] = (),
        project_seed: str | None = None,
        delivered: Sequence[EnvironmentSettings] = (),
        delete_data: bool = False,
    ) -> None:
        settings = with_data_kept(settings, unless=delete_data)
        super().__init__(scope, settings, pipelines=pipelines, delivered=delivered)
        keys = KeysStack(self)
        self.key_arns = keys.arns
        self.image_repositories = image_repositories(
            pipelines, partition=keys.partition, account=settings.account, region=settings.region
        )
        charters = Charters(self, keys)
        boundary = BoundaryStack(self, charters=charters)
        network = NetworkStack(self)
        identity = IdentityStack(self, network=network)
        if settings.network.judges_names:
            # Names are on the list before anything looks them up.
            identity.add_stack_dependency(LookupsStack(self, network=network))
        delivering = DeliveryIdentityStack(self, network=network) if settings.delivery else None
        projects = None
        if settings.project_template and delivering:
            projects = ProjectIdentityStack(
                self, network=network, identity=identity, delivering=delivering
            )
        storage = StorageStack(
            self,
            s3_endpoint_id=network.s3_endpoint_id,
            identity=identity,
            delivering=delivering,
            projects=projects,
        )
        watched = self._add_pipelines(network, identity, storage, dataset)
        if delivering is not None:
            delivery = DeliveryStack(self, network=network, delivering=delivering)
            delivery.add_stack_dependency(storage)
            watched.append(delivery)
        if projects is not None:
            ProjectTemplateStack(
                self,
                pipelines=project_pipelines,
                launch_role=projects.launch.frozen,
                scientists=identity.people.scientist,
                seed=project_seed,
                after=(network, storage),  # which publish what projects look up
            )
        # Monitoring is the last one: it watches what the others have made.
        monitoring = MonitoringStack(self)
        for each in (identity, *watched):
            monitoring.add_stack_dependency(each)
        boundary.put_over_roles(self)
        charters.put_on_roles(self, network)
        for key, value in {**settings.tags, ENVIRONMENT_TAG: settings.name}.items():
            without = [] if key == ENVIRONMENT_TAG else _NEVER_TAGGED_ANEW
            cdk.Tags.of(self).add(key, value, exclude_resource_types=without)

    def _add_pipelines(
        self,
        network: NetworkStack,
        identity: IdentityStack,
        storage: StorageStack,
        dataset: DeliveredData | None,
    ) -> list[cdk.Stack]:
        """Add the registry, the pipelines and what starts them; return what is watched."""
        registered = self.model_package_groups or self.settings.project_template
        registry = None
        if registered or identity.importer:
            registry = RegistryStack(
                self,
                place=network.place,
                keeper_role=identity.keeper,
                importer_role=identity.importer,
            )
            # Buckets are named, not referenced: CloudFormation does not see what depends on them.
            registry.add_stack_dependency(storage)
        pipelines = PipelinesStack(self, network=network, identity=identity, dataset=dataset)
        batch = BatchStack(self, place=network.place, called=identity.called)
        for needed in filter(None, (batch, storage, registry)):
            pipelines.add_stack_dependency(needed)
        schedules = SchedulesStack(self)
        schedules.add_stack_dependency(pipelines)
        return [pipelines, EventsStack(self), schedules]


def with_data_kept(settings: EnvironmentSettings, *, unless: bool) -> EnvironmentSettings:
    """Keep data whatever the settings say, unless the deployment agrees to lose them."""
    if unless:
        return settings
    kept = settings.retention.model_copy(update={"keep_data": True})
    return settings.model_copy(update={"retention": kept})
