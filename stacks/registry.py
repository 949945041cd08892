"""The model registry, the champion keeper and the importer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_sagemaker as sagemaker

from mlops_contract.names import BATCH_INFERENCE, PROJECT_START
from secure_mlops_constructs.champion_keeper import ChampionKeeper
from secure_mlops_constructs.removal import removal_policy
from stacks import buckets, model_export, model_import
from stacks.base import FUNCTIONS, EnvironmentStack, EnvironmentStage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secure_mlops_constructs.private_function import FunctionPlace, FunctionRole


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
        short = {
            name.removeprefix(f"{self.names.prefix}-"): name for name in stage.model_package_groups
        }
        for short_name, name in short.items():
            group = self._group(short_name, name, f"Versions of the model {short_name}")
            if settings.next_environment is not None:
                group.model_package_group_policy = model_export.group_policy(
                    self, settings.next_environment, name
                )
        kept: list[str | Mapping[str, str]] = [*short.values(), *self._of_projects()]
        if kept:
            ChampionKeeper(
                self,
                "Champion",
                role=keeper_role,
                folder=FUNCTIONS / "keep_champion",
                place=place,
                groups=kept,
                bucket_name=self.names.models_bucket,
                key_arn=self.key_arns[buckets.MODELS],
                rules=self.rules_arn,
            )
        # With a version for each pipeline of a promoted model.
        for project in stage.projects.scored():
            # What the first one was called: with another id its versions would go.
            apart = "" if project.batch == BATCH_INFERENCE else f"-{project.batch}"
            self._group(
                f"InferencePipelines{apart}",
                self.names.model_package_group(project.batch),
                "Batch-inference pipelines, one a promoted model",
            )
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

    def _group(self, construct_id: str, name: str, text: str) -> sagemaker.CfnModelPackageGroup:
        group = sagemaker.CfnModelPackageGroup(
            self,
            construct_id,
            model_package_group_name=name,
            model_package_group_description=text,
        )
        keep = self.settings.retention.keep_data
        group.apply_removal_policy(removal_policy(keep=keep))
        return group
