"""The model package groups of one environment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from environments.loading import available_environments, load_environment
from environments.names import ResourceNames
from mlops.aws_calls import pages
from mlops.declared import declared_projects
from mlops.local_project import connect
from mlops.registry.objects import Refused, read_json, read_metrics
from mlops.registry.versions import APPROVED, ModelVersion, newest_first, version_from
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_definitions.model_project import ModelProjects
    from pipeline_local.aws import Aws

_AT_ONCE = 8
_ARN = "arn:"


def open_registry(environment: str, *, local: bool = False) -> Registry:
    """Open the registry of an environment, on AWS or on the local AWS."""
    settings = load_environment(environment)
    aws = connect(settings.region, settings.account, local=local)
    return Registry(aws, ResourceNames(settings), with_files=local)


@dataclass(frozen=True)
class Registry:
    """The model package groups of one environment."""

    aws: Aws
    names: ResourceNames
    with_files: bool = False  # also the groups in which runs of definition files registered
    declared: ModelProjects | None = None  # by default those of this checkout

    @property
    def projects(self) -> ModelProjects:
        """The model projects of the environment."""
        return self.declared or declared_projects(self.names.settings)

    def groups(self) -> list[str]:
        """List the environment's model groups, and those of runs of files."""
        return [*self._own_groups(), *(self._groups_of_files() if self.with_files else ())]

    def _groups_of_files(self) -> list[str]:
        """List the groups that no environment names."""
        client = self.aws.client("sagemaker")
        of_project = self.names.prefix.removesuffix(self.names.settings.name)
        return sorted(
            name
            for group in pages(client, "list_model_package_groups", "ModelPackageGroupSummaryList")
            if not (name := group["ModelPackageGroupName"]).startswith(of_project)
        )

    def _own_groups(self) -> list[str]:
        """List the environment's model groups, without those of inference pipelines."""
        # "…-dev-x" is of environment dev-x where there is one, not of dev.
        others = [
            f"{other}-"
            for name in available_environments()
            if (other := f"{self.names.prefix.removesuffix(self.names.settings.name)}{name}")
            != self.names.prefix
            and other.startswith(f"{self.names.prefix}-")
        ]
        promoted = self.projects.promoted_groups()
        client = self.aws.client("sagemaker")
        listing = ("list_model_package_groups", "ModelPackageGroupSummaryList")
        return sorted(
            name
            for group in pages(client, *listing, NameContains=self.names.prefix)
            if (name := group["ModelPackageGroupName"]).startswith(f"{self.names.prefix}-")
            and name not in promoted
            and not any(name.startswith(other) for other in others)
        )

    def group(self, name: str) -> str:
        """Find a group by its full or short name."""
        groups = self.groups()
        for candidate in (name, self.names.model_package_group(name)):
            if candidate in groups:
                return candidate
        existing = ", ".join(groups) or "none yet; a training run registers the first version"
        raise MlopsError(
            f"no model package group {name} in environment {self.names.settings.name}; "
            f"choose one of: {existing}"
        )

    def versions(self, group: str, limit: int | None = None) -> list[ModelVersion]:
        """List versions of a group."""
        arns = [summary["ModelPackageArn"] for summary in islice(self._summaries(group), limit)]
        champion = self.champion(group)
        self.aws.client("s3")  # made once, before threads share it
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(lambda arn: self._version(self._describe(arn), champion), arns))

    def version(self, wanted: str, group: str | None = None) -> ModelVersion:
        """Find one version by its ARN, or by its number in a group."""
        if wanted.startswith(_ARN):
            description = self._find(wanted)
            if description is None or description.get("ModelPackageGroupName") not in self.groups():
                raise MlopsError(
                    f"no model version {wanted} in environment {self.names.settings.name}"
                )
            return self._version(description, self.champion(description["ModelPackageGroupName"]))
        if not wanted.isdigit():
            raise MlopsError(f"{wanted} is neither a version number nor an ARN")
        name = self.group(group) if group else self._only_group()
        numbers = {
            summary["ModelPackageVersion"]: summary["ModelPackageArn"]
            for summary in self._summaries(name)
        }
        if int(wanted) not in numbers:
            existing = ", ".join(map(str, sorted(numbers))) or "none"
            raise MlopsError(f"{name} has no version {wanted}; versions: {existing}")
        return self._version(self._describe(numbers[int(wanted)]), self.champion(name))

    def champion(self, group: str) -> str | None:
        """Return the ARN of the champion; if its record is unreadable, of the newest approved."""
        key = f"champion/{group}/champion.json"
        try:
            kept = read_json(self.aws.client("s3"), self.names.models_bucket, key)
        except Refused:
            return next(
                (
                    str(summary["ModelPackageArn"])
                    for summary in self._summaries(group)
                    if summary.get("ModelApprovalStatus") == APPROVED
                ),
                None,
            )
        return str(kept["model_package_arn"]) if kept and "model_package_arn" in kept else None

    def _only_group(self) -> str:
        groups = self._own_groups() or self.groups()
        if len(groups) == 1:
            return groups[0]
        raise MlopsError(
            f"environment {self.names.settings.name} has "
            + (
                f"several groups, so --group is needed: {', '.join(groups)}"
                if groups
                else "no model package group yet; a training run registers the first version"
            )
        )

    def _summaries(self, group: str) -> Iterator[dict[str, Any]]:
        return newest_first(self.aws.client("sagemaker"), group)

    def _describe(self, arn: str) -> dict[str, Any]:
        return dict(self.aws.client("sagemaker").describe_model_package(ModelPackageName=arn))

    def _find(self, arn: str) -> dict[str, Any] | None:
        from botocore.exceptions import ClientError

        try:
            return self._describe(arn)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"ValidationException", "ResourceNotFound"}:
                return None
            raise

    def _version(self, description: dict[str, Any], champion: str | None) -> ModelVersion:
        version = version_from(description, {}, champion=description["ModelPackageArn"] == champion)
        metrics = read_metrics(self.aws.client("s3"), version.statistics_url)
        return version_from(description, metrics, champion=version.champion) if metrics else version
