"""Common code of QualityCheck and ClarifyCheck steps: one output, baselines, violations.

Source: SageMaker AI developer guide, "Baseline calculation, drift detection and lifecycle with
ClarifyCheck and QualityCheck steps".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_local.jobs.storage import join_uri
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps import processing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Step
    from pipeline_schema.values import JsonObject

_SHOWN_VIOLATIONS = 3
_GROUP, _FIRST = "ModelPackageGroupName", ("SkipCheck", "RegisterNewBaseline")
NO_BASELINE = f"no baseline is supplied either; on the first run set {' and '.join(_FIRST)}"


def check_problems(step: Step, types: Collection[str], supplied: Collection[str]) -> Iterator[str]:
    """Validate the type, the outputs and the job of a check."""
    kind = step.settings.get("CheckType")
    if kind not in list(types):  # it need not be a text
        yield f"CheckType: {kind!r} is not one of {', '.join(types)}"
    outputs = step.arguments.get("ProcessingOutputConfig", {}).get("Outputs") or []
    if len(outputs) != 1:
        yield f"ProcessingOutputConfig.Outputs: {len(outputs)} outputs, where the check has one"
    settings = step.settings
    first = all(settings.get(name) not in (None, False) for name in _FIRST)
    if not (first or settings.get(_GROUP) or all(settings.get(name) for name in supplied)):
        yield f"{_GROUP}: is missing; {NO_BASELINE}"
    yield from processing.problems(step)


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
    group = work.settings.get(_GROUP)
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


def no_baseline(work: Work, lacking: str) -> StepFailed:
    """Return the failure of a check without a previous baseline."""
    group = work.settings.get(_GROUP) or "no group is named"
    return StepFailed(
        f"ClientError: there is no previous baseline: no approved model package has {lacking} "
        f"({_GROUP}: {group}); {NO_BASELINE}"
    )


def run_check(
    work: Work, request: JsonObject, describe: Callable[[dict[str, Any]], str]
) -> tuple[str, JsonObject]:
    """Run the analyzer; return the URI of its results and the properties of all checks."""
    # AWS's analyzers distribute their work over instances, those here do not.
    cluster = {**request["ProcessingResources"]["ClusterConfig"], "InstanceCount": 1}
    job = processing.run_processing(
        work, {**request, "ProcessingResources": {"ClusterConfig": cluster}}
    )
    results = request["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    report = join_uri(results, "constraint_violations.json")
    violations: list[dict[str, Any]] = []
    if not work.settings.get("SkipCheck"):
        try:
            violations = list(work.run.store.read_json(report).get("violations", []))
        except MlopsError as error:
            raise StepFailed(f"AlgorithmError: the analyzer wrote no report: {error}") from None
    if violations and work.settings.get("FailOnViolation", True):
        shown = "; ".join(describe(item) for item in violations[:_SHOWN_VIOLATIONS])
        more = len(violations) - _SHOWN_VIOLATIONS
        shown += f"; and {more} more" if more > 0 else ""
        count = f"{len(violations)} violations of the baseline"
        raise StepFailed(f"ClientError: {count}: {shown} ({report})")
    return results, {
        "CheckJobArn": job["ProcessingJobArn"],
        "ProcessingOutputConfig": request["ProcessingOutputConfig"],
        "Violations": violations,
    }
