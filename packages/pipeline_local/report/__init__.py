"""A run as one self-contained HTML file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_sagemaker import SageMakerClient

    from pipeline_local.jobs.storage import ObjectStore
    from pipeline_local.runs.run_state import RunFolder

__all__ = ["DEFAULT_OUTPUT", "write_report"]

DEFAULT_OUTPUT = "build/report/index.html"


def write_report(
    folder: RunFolder,
    output: Path,
    store: ObjectStore | None,
    commands: tuple[str, str] | None = None,
    registry: SageMakerClient | None = None,
) -> Path:
    """Write the report of a run.

    Parameters
    ----------
    store : ObjectStore or None
        The store of the run's outputs; None leaves out what only they contain.
    commands : tuple of str, optional
        The command that resumes a run, and what is added to run one step alone.
    registry : SageMakerClient or None
        Tells what is known of the model versions that the run worked with.
    """
    from pipeline_local.report.facts import collect
    from pipeline_local.report.page import render

    page = render(collect(folder, store, partial(_describe, registry), *(commands or ())))
    try:
        write_atomically(output, page)
    except OSError as error:
        raise MlopsError(f"{output}: cannot be written: {error.strerror}") from None
    return output


def _describe(registry: SageMakerClient | None, arn: str) -> dict[str, Any]:
    from botocore.exceptions import BotoCoreError, ClientError

    if registry is None:
        return {}
    try:
        found = dict(registry.describe_model_package(ModelPackageName=arn))
        newest = registry.list_model_packages(
            ModelPackageGroupName=str(found["ModelPackageGroupName"]),
            ModelApprovalStatus="Approved",
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=1,
        )["ModelPackageSummaryList"]
        return {**found, "Champion": newest[0]["ModelPackageArn"] if newest else ""}
    except (BotoCoreError, ClientError):  # deleted since
        return {}
