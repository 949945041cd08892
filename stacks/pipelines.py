"""The pipelines, with their code and data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import secure_mlops_constructs
from secure_mlops_constructs.content_delivery import ContentDelivery
from secure_mlops_constructs.sagemaker_pipeline import BoundPipeline
from stacks import buckets, roles
from stacks.base import EnvironmentStack, EnvironmentStage
from stacks.pipeline_values import pipeline_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from pipeline_definitions.built import BuiltPipeline
    from stacks.identity import IdentityStack
    from stacks.network import NetworkStack

CHAMPION_MARKER = Path(secure_mlops_constructs.__file__).parent / "champion_marker"
KEPT_MARKER = Path(secure_mlops_constructs.__file__).parent / "kept_marker"
DATASET = "abalone.csv"
DIGITS = 12  # of a content hash, enough to tell deliveries apart in construct ids


class PipelinesStack(EnvironmentStack):
    """SageMaker pipelines with their code, wheelhouses, champion markers and data set."""

    def __init__(
        self,
        stage: EnvironmentStage,
        *,
        network: NetworkStack,
        identity: IdentityStack,
        dataset: Path | None,
    ) -> None:
        super().__init__(stage, "Pipelines", "Pipelines")
        delivery = ContentDelivery(self, "Delivery", role=identity.delivery, place=network.place)
        code = self._deliver_code(delivery, stage.pipelines)
        self._deliver_markers(delivery, stage.pipelines)
        if dataset is not None:
            # One key for whatever file it was: two data sets must not add up.
            delivery.file(
                "Dataset",
                dataset,
                bucket_name=self.names.data_bucket,
                key=f"{buckets.RAW_DATA}{DATASET}",
            )
        values = pipeline_values(
            self.names,
            key_arns=self.key_arns,
            role_arns={
                **{name: role.role_arn for name, role in identity.jobs.items()},
                roles.ORCHESTRATION: identity.orchestration.role_arn,
                **({roles.UNLOAD: identity.unload.role_arn} if identity.unload else {}),
            },
            job_group_id=network.job_group_id,
            subnet_ids=network.subnet_ids,
        )
        for pipeline in stage.pipelines:
            bound = BoundPipeline(
                self,
                pipeline.name,
                name=pipeline.name,
                pipeline_name=self.names.pipeline(pipeline.name),
                display_name=pipeline.display_name,
                description=pipeline.description,
                definition=pipeline.definition,
                values=values,
                role_arn=identity.orchestration.role_arn,
            )
            # A pipeline must not be startable before the code that its steps name is there.
            bound.node.add_dependency(*(code[bundle.key_prefix] for bundle in pipeline.bundles))
        self.publish(
            {
                f"pipeline/{pipeline.name}": self.names.pipeline(pipeline.name)
                for pipeline in stage.pipelines
            }
        )

    def _deliver_code(
        self, delivery: ContentDelivery, pipelines: Sequence[BuiltPipeline]
    ) -> dict[str, Construct]:
        bundles = {
            bundle.key_prefix: bundle for pipeline in pipelines for bundle in pipeline.bundles
        }
        return {
            prefix: delivery.folder(
                f"{prefix.partition('/')[0].capitalize()}{bundle.digest[:DIGITS]}",
                bundle.folder,
                bucket_name=self.names.artifacts_bucket,
                prefix=prefix,
            )
            for prefix, bundle in bundles.items()
        }

    def _deliver_markers(
        self, delivery: ContentDelivery, pipelines: Sequence[BuiltPipeline]
    ) -> None:
        for prefix in sorted({each for pipeline in pipelines for each in pipeline.kept_prefixes}):
            delivery.folder(
                f"Kept-{prefix.replace('/', '-')}",
                KEPT_MARKER,
                bucket_name=self.names.artifacts_bucket,
                prefix=f"{prefix}/",
            )
        groups = {group for pipeline in pipelines for group in pipeline.model_package_groups}
        for group in sorted(groups):
            delivery.folder(
                f"Marker-{group}",
                CHAMPION_MARKER,
                bucket_name=self.names.models_bucket,
                prefix=f"{buckets.CHAMPION}{group}/",
            )
