"""The model registry, the champion keeper and the importer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker

from mlops_contract.names import BATCH_INFERENCE, PROJECT_START
from secure_mlops_constructs.champion_keeper import ChampionKeeper
from stacks import buckets, model_export, model_import
from stacks.base import FUNCTIONS, EnvironmentStack

if TYPE_CHECKING:
    from secure_mlops_constructs.private_function import FunctionPlace, FunctionRole
    from stacks.base import EnvironmentStage


class RegistryStack(EnvironmentStack):
    """Model package groups, and the keeper of their champions."""

    def __init__(
        self,
        stage: EnvironmentStage,
        *,
        place: FunctionPlace,
        keeper_role: FunctionRole,
        importer_role: FunctionRole | None = None,
    ) -> None:
        super().__init__(stage, "Registry", "Model registry")
        settings = stage.settings
        keep = settings.retention.keep_data
        short = {
            name.removeprefix(f"{self.names.prefix}-"): name for name in stage.model_package_groups
        }
        for short_name, name in short.items():
            group = sagemaker.CfnModelPackageGroup(
                self,
                short_name,
                model_package_group_name=name,
                model_package_group_description=f"Versions of the model {short_name}",
            )
            if settings.next_environment is not None:
                group.model_package_group_policy = model_export.group_policy(
                    self, settings.next_environment, name
                )
            group.apply_removal_policy(
                cdk.RemovalPolicy.RETAIN if keep else cdk.RemovalPolicy.DESTROY
            )
        if short:
            ChampionKeeper(
                self,
                "Champion",
                role=keeper_role,
                folder=FUNCTIONS / "keep_champion",
                place=place,
                groups=[*short.values(), *self._of_projects()],
                bucket_name=self.names.models_bucket,
                key_arn=self.key_arns[buckets.MODELS],
                rules=self.rules_arn,
            )
        self._keep_inference_pipelines(keep)
        before = settings.previous_environment
        if importer_role is not None and before is not None:
            model_import.importer(self, before, role=importer_role, place=place)
        self.publish(
            {f"model-package-group/{short_name}": name for short_name, name in short.items()}
        )

    def _of_projects(self) -> list[dict[str, str]]:
        """Match the groups of projects, which come and go without a deployment."""
        start = f"{self.names.prefix}-{PROJECT_START}"
        return [{"prefix": start}] if self.settings.project_template else []

    def _keep_inference_pipelines(self, keep: bool) -> None:
        """Make a group with a version for each pipeline of a promoted model."""
        group = sagemaker.CfnModelPackageGroup(
            self,
            "InferencePipelines",
            model_package_group_name=self.names.model_package_group(BATCH_INFERENCE),
            model_package_group_description="Batch-inference pipelines, one a promoted model",
        )
        group.apply_removal_policy(cdk.RemovalPolicy.RETAIN if keep else cdk.RemovalPolicy.DESTROY)
