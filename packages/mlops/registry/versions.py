"""A model version of the registry."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

from mlops.aws_calls import pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

APPROVED, REJECTED, PENDING = "Approved", "Rejected", "PendingManualApproval"
# What the training pipeline writes into the customer metadata of a version.
_RUN_ID, _GIT_REVISION = "RunId", "GitRevision"
_TEST = "Test"  # TestMse, TestAccuracy, …: figures of the evaluation, by name


@dataclass(frozen=True)
class ModelVersion:
    """One version of a model package group."""

    group: str
    version: int
    arn: str
    status: str  # ``PendingManualApproval``, ``Approved`` or ``Rejected``
    created: datetime
    metadata: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    champion: bool = False
    approval_description: str = ""
    description: dict[str, Any] = field(default_factory=dict)

    @property
    def run_id(self) -> str:
        """Pipeline execution that registered it, or empty."""
        return self.metadata.get(_RUN_ID, "")

    @property
    def figures(self) -> dict[str, float]:
        """Test figures in its metadata, by name such as ``mse`` or ``accuracy``."""
        return _from_metadata(self.metadata)

    @property
    def git_revision(self) -> str:
        """Revision of the code, or empty."""
        committed = self.description.get("MetadataProperties", {}).get("CommitId", "")
        return self.metadata.get(_GIT_REVISION, "") or str(committed)

    @property
    def model_data_url(self) -> str:
        """URL of its archive, or empty."""
        containers = self.description.get("InferenceSpecification", {}).get("Containers", [])
        return next((str(c["ModelDataUrl"]) for c in containers if "ModelDataUrl" in c), "")

    @property
    def statistics_url(self) -> str:
        """URL of its evaluation's figures, or empty."""
        quality = self.description.get("ModelMetrics", {}).get("ModelQuality", {})
        return str(quality.get("Statistics", {}).get("S3Uri", ""))

    def facts(self) -> dict[str, Any]:
        """Return the facts for `--json`."""
        return {
            "group": self.group,
            "version": self.version,
            "arn": self.arn,
            "status": self.status,
            "champion": self.champion,
            "created": self.created.astimezone(UTC).isoformat(timespec="seconds"),
            "metrics": self.metrics,
            "run_id": self.run_id,
            "git_revision": self.git_revision,
            "metadata": self.metadata,
            "approval_description": self.approval_description,
            "model_data_url": self.model_data_url,
            "statistics_url": self.statistics_url,
        }


def newest_first(client: Any, group: str) -> Iterator[dict[str, Any]]:
    """Yield the summaries of a group's versions."""
    listing = ("list_model_packages", "ModelPackageSummaryList")
    order = {"SortBy": "CreationTime", "SortOrder": "Descending"}
    return pages(client, *listing, ModelPackageGroupName=group, **order)


def version_from(
    description: Mapping[str, Any], metrics: dict[str, float], *, champion: bool
) -> ModelVersion:
    """Parse a DescribeModelPackage response; without `metrics`, use those in the metadata."""
    metadata = dict(description.get("CustomerMetadataProperties", {}))
    return ModelVersion(
        group=description["ModelPackageGroupName"],
        version=description["ModelPackageVersion"],
        arn=description["ModelPackageArn"],
        status=description.get("ModelApprovalStatus", PENDING),
        created=description["CreationTime"],
        metadata=metadata,
        metrics=metrics or _from_metadata(metadata),
        champion=champion,
        approval_description=description.get("ApprovalDescription", ""),
        description={k: v for k, v in description.items() if k != "ResponseMetadata"},
    )


def _from_metadata(metadata: Mapping[str, str]) -> dict[str, float]:
    found = {}
    for key, value in metadata.items():
        name = key.removeprefix(_TEST)
        with contextlib.suppress(ValueError):
            found.update({name.lower(): float(value)} if name not in ("", key) else {})
    return found
