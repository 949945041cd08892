"""The repository, packages, builds and pipelines that deliver changes and approved models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secure_mlops_constructs.acknowledgments import acknowledge
from secure_mlops_constructs.dead_letters import rule_dead_letters
from secure_mlops_constructs.delivery_pipeline import ArtifactStore, DeliveryPipeline
from secure_mlops_constructs.delivery_triggers import DeliveryTriggers, PushFilter
from secure_mlops_constructs.package_repository import PackageRepository
from secure_mlops_constructs.private_build import BuildPlace, PrivateBuild
from secure_mlops_constructs.source_repository import SourceRepository
from stacks import buckets, keys, roles
from stacks.base import FUNCTIONS, EnvironmentStack, EnvironmentStage
from stacks.delivery_builds import build_works
from stacks.delivery_names import DeliveryNames
from stacks.delivery_plans import delivery_plan, promotion_plan, review_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from environments.settings import EnvironmentSettings
    from secure_mlops_constructs.delivery_pipeline import DeliveryPlan
    from stacks.delivery_identity import DeliveryIdentityStack
    from stacks.network import NetworkStack


class DeliveryStack(EnvironmentStack):
    """The delivery of changes into environments and of approved models into use."""

    def __init__(
        self, stage: EnvironmentStage, *, network: NetworkStack, delivering: DeliveryIdentityStack
    ) -> None:
        super().__init__(stage, "Delivery", "Repository, builds, deliveries")
        settings = stage.settings
        delivery = settings.delivery
        assert delivery is not None  # noqa: S101 - `stacks.platform` has checked it
        self._key = self.key_arns[buckets.DELIVERY]
        self._dead_letters = rule_dead_letters(
            self,
            f"{self.names.prefix}-deliveries",
            self.key_arns[keys.NOTIFICATIONS],
            self.rules_arn,
        )
        self._network, self._delivering = network, delivering
        self._delivery = DeliveryNames(self, settings)
        keep = settings.retention.keep_data
        PackageRepository(self, "Packages", name=self.names.packages, key_arn=self._key, keep=keep)
        clone_url = None
        if delivery.connection_arn is None:
            source = SourceRepository(
                self, "Source", name=delivery.repository, key_arn=self._key, keep=keep
            )
            clone_url = source.repository.attr_clone_url_http
        self._make_builds(stage.delivered, clone_url)
        self._pipeline("Delivery", self.names.delivery_pipeline, delivery_plan(settings))
        self._pipeline("Inference", self.names.inference_pipeline, promotion_plan(settings))
        if delivery.connection_arn is not None:
            self._pipeline("Review", f"{self.names.prefix}-review", review_plan(settings))
        self._trigger(stage.projects.groups())
        packs = ("HIPAA.Security", "PCI.DSS.321")
        acknowledge(
            self,
            *(f"{pack}-CodeBuildProjectSourceRepoUrl" for pack in packs),
            reason=(
                "The rule asks every project for OAuth to GitHub or Bitbucket; CodePipeline hands"
                " over the source, or it is cloned from CodeCommit with the role's credentials."
            ),
        )
        self.publish(
            {
                "delivery/pipeline": self.names.delivery_pipeline,
                "delivery/inference-pipeline": self.names.inference_pipeline,
                "delivery/repository": delivery.repository,
                "delivery/branch": delivery.branch,
                "delivery/packages": self.names.packages,
            }
        )

    def _make_builds(self, delivered: Sequence[EnvironmentSettings], clone_url: str | None) -> None:
        network = self._network
        assert network.build_group_id is not None  # noqa: S101 - there is a delivery
        place = BuildPlace(
            vpc_id=network.place.vpc.vpc_id,
            subnet_ids=network.subnet_ids,
            security_group_id=network.build_group_id,
            key_arn=self._key,
            reports_bucket=self.names.delivery_bucket,
        )
        for name, work in build_works(self.settings, delivered, clone_url).items():
            PrivateBuild(
                self,
                name,
                name=self._delivery.project(name),
                role=self._delivering.builds[name].frozen,
                log_group=self._delivering.log_groups[name],
                place=place,
                work=work,
            )

    def _pipeline(self, construct_id: str, name: str, plan: DeliveryPlan) -> None:
        DeliveryPipeline(
            self,
            construct_id,
            name=name,
            role=self._delivering.pipeline.frozen,
            store=ArtifactStore(bucket=self.names.delivery_bucket, key_arn=self._key),
            plan=plan,
        )

    def _trigger(self, groups: Sequence[str]) -> None:
        delivery, delivering = self.settings.delivery, self._delivering
        assert delivery is not None  # noqa: S101 - `stacks.platform` has checked it
        triggers = DeliveryTriggers(
            self,
            "Triggers",
            name=self.names.prefix,
            role=delivering.starter.frozen,
            dead_letters_arn=self._dead_letters.queue_arn,
        )
        triggers.decided_models(groups, self._delivery.inference_pipeline_arn)
        if delivering.push_filter is None:
            return
        repository = self._delivery.repository_arn
        triggers.pull_requests(
            repository, delivery.branch, self._delivery.project_arn(roles.BUILD_REVIEW)
        )
        triggers.pushes(
            repository,
            delivery.branch,
            PushFilter(
                role=delivering.push_filter,
                folder=FUNCTIONS / "push_filter",
                place=self._network.place,
                pipeline=self.names.delivery_pipeline,
                ignored_paths=delivery.ignored_paths,
            ),
        )
