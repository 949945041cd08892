"""Common code of QualityCheck and ClarifyCheck steps: one output, baselines, violations.

Source: SageMaker AI developer guide, "Baseline calculation, drift detection and lifecycle with
ClarifyCheck and QualityCheck steps".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_local.jobs.storage import join_uri
from pipeline_local.jobs.work import StepFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Step
    from pipeline_schema.values import JsonObject

_REPORT = "constraint_violations.json"
_SHOWN_VIOLATIONS = 3


def output_problems(step: Step) -> Iterator[str]:
    """Validate the outputs of a check."""
    outputs = step.arguments.get("ProcessingOutputConfig", {}).get("Outputs") or []
    if len(outputs) != 1:
        yield f"ProcessingOutputConfig.Outputs: {len(outputs)} outputs, where the check has one"


def input_of(name: str, uri: str, path: str) -> JsonObject:
    """Return a processing input that the service adds to the analyzer's job."""
    return {
        "InputName": name,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": path,
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
        },
    }


def approved_baselines(work: Work) -> dict[str, Any]:
    """Return `DriftCheckBaselines` of the group's latest approved package, if any."""
    group = work.settings.get("ModelPackageGroupName")
    if not group:
        return {}
    client = work.run.client("sagemaker")
    latest = client.list_model_packages(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )["ModelPackageSummaryList"]
    if not latest:
        return {}
    package = client.describe_model_package(ModelPackageName=latest[0]["ModelPackageArn"])
    return dict(package.get("DriftCheckBaselines", {}))


def violations_in(work: Work, results: str) -> list[dict[str, Any]]:
    """Read the analyzer's report from the job's output."""
    try:
        report = work.run.store.read_json(join_uri(results, _REPORT))
    except MlopsError as error:
        raise StepFailed(f"AlgorithmError: the analyzer wrote no report: {error}") from None
    return list(report.get("violations", []))


def violation_message(
    violations: Sequence[dict[str, Any]], results: str, told: Callable[[dict[str, Any]], str]
) -> str:
    """Return the failure reason of a check."""
    shown = "; ".join(told(item) for item in violations[:_SHOWN_VIOLATIONS])
    more = len(violations) - _SHOWN_VIOLATIONS
    rest = f"; and {more} more" if more > 0 else ""
    report = join_uri(results, _REPORT)
    return f"ClientError: {len(violations)} violations of the baseline: {shown}{rest} ({report})"
