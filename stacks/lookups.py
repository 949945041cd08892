"""The names that the VPC's resolver answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_contract import lookups
from mlops_contract.aws_buckets import layer_bucket, package_bucket, response_bucket
from mlops_contract.endpoints import apis
from mlops_contract.lookups import Place
from secure_mlops_constructs.dns_firewall import DnsFirewall
from secure_mlops_constructs.log_group import EncryptedLogGroup
from stacks import buckets, model_export, roles
from stacks.base import EnvironmentStack, EnvironmentStage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from environments.settings import EnvironmentSettings
    from stacks.network import NetworkStack

LOG = "look-ups"


class LookupsStack(EnvironmentStack):
    """The DNS firewall of our own VPC; apart, since CloudFormation cannot take it back."""

    def __init__(self, stage: EnvironmentStage, *, network: NetworkStack) -> None:
        super().__init__(stage, "Lookups", "Names that the VPC's resolver answers")
        settings = stage.settings
        assert settings.network.vpc_cidr is not None  # noqa: S101 - of an existing VPC there is none
        place = Place(settings.region, self.partition)
        logs = EncryptedLogGroup(
            self,
            "LookUps",
            name=f"/{self.names.prefix}/{LOG}",
            key_arn=self.key_arns[buckets.LOGS],
            retention_days=settings.retention.log_days,
            keep=settings.retention.keep_data,
        )
        DnsFirewall(
            self,
            "Firewall",
            name=self.names.prefix,
            vpc=network.place.vpc,
            names=sorted(
                {
                    *self._names(stage, place),
                    *place.own_zones(settings.network.vpc_cidr),
                }
            ),
            watch_only=settings.network.dns_firewall == lookups.ALERT,
            log_group=logs.group,
        )

    def _names(self, stage: EnvironmentStage, place: Place) -> Iterator[str]:
        settings = stage.settings
        owners = (self.account, *(arn.split(":")[4] for arn in stage.image_repositories))
        domains = (self.names.packages,) if settings.delivery else ()
        by_account = {
            lookups.REGISTRIES: [*map(place.registry, owners)],
            lookups.PACKAGES: [place.packages(each, self.account) for each in domains],
        }
        for api in apis(
            settings.network.endpoint_groups,
            stage.image_repositories,
            roles.inside(settings),
            settings.network.endpoint_policies,
        ):
            yield from by_account.get(api.name, place.api(api.name))
        yield from place.storage()
        for bucket in self._buckets(stage.delivered):
            yield from place.bucket(bucket)

    def _buckets(self, delivered: Sequence[EnvironmentSettings]) -> Iterator[str]:
        """Yield the buckets that the S3 endpoint lets through."""
        yield from map(self.names.bucket, buckets.purposes())
        if self.settings.delivery:
            yield self.names.delivery_bucket
        yield from (layer_bucket(self.region), response_bucket(self.region))
        yield roles.assets_bucket(self)
        if packages := package_bucket(self.region):
            yield packages
        for each in delivered:
            yield roles.deployment_target(self.partition, each).assets_bucket_arn.split(":")[-1]
        if before := self.settings.previous_environment:
            yield from map(before.bucket, model_export.READ)
