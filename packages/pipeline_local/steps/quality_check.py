"""QualityCheck steps: Model Monitor's analyzer as a job, and the baselines.

Source: SageMaker AI developer guide, "Baseline calculation, drift detection and lifecycle with
ClarifyCheck and QualityCheck steps":

- the step always calculates a baseline (`CalculatedBaseline…`);
- unless `SkipCheck`, the data are checked against the previous baseline: the supplied one, else
    that of the latest approved package of the group;
- `BaselineUsedForDriftCheck…` is the new baseline with `RegisterNewBaseline`, else the previous.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_local.jobs.storage import join_uri
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps import processing
from pipeline_local.steps.baseline_checks import (
    approved_baselines,
    input_of,
    output_problems,
    violation_message,
    violations_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Step
    from pipeline_schema.values import JsonObject

# CheckType -> the member of DriftCheckBaselines that holds its baseline.
_CHECK_TYPES = {"DATA_QUALITY": "ModelDataQuality", "MODEL_QUALITY": "ModelQuality"}
_BASELINE_FOLDER = "/opt/ml/processing/baseline"


@dataclass(frozen=True)
class Baseline:
    """The two files of a baseline, as S3 URIs."""

    statistics: str
    constraints: str


def problems(step: Step) -> Iterator[str]:
    """Validate a QualityCheck step."""
    kind = step.settings.get("CheckType")
    if kind not in _CHECK_TYPES:
        yield f"CheckType: {kind!r} is not one of {', '.join(_CHECK_TYPES)}"
    yield from output_problems(step)
    yield from processing.problems(step)


def run(work: Work) -> JsonObject:
    """Calculate the baseline, compare with the previous one, and return the step's properties."""
    settings = work.settings
    skip, register = bool(settings.get("SkipCheck")), bool(settings.get("RegisterNewBaseline"))
    # A new baseline that nothing is checked against is how the first run of a pipeline begins.
    previous = None if skip and register else _previous_baseline(work)
    request = work.arguments if skip or previous is None else _with_baseline(work, previous)
    job = processing.run_processing(work, processing.on_one_instance(request))
    results = request["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    calculated = Baseline(
        join_uri(results, "statistics.json"), join_uri(results, "constraints.json")
    )
    violations = [] if skip else violations_in(work, results)
    if violations and settings.get("FailOnViolation", True):
        raise StepFailed(violation_message(violations, results, _told))
    used = calculated if register or previous is None else previous
    return {
        "CalculatedBaselineStatistics": calculated.statistics,
        "CalculatedBaselineConstraints": calculated.constraints,
        "BaselineUsedForDriftCheckStatistics": used.statistics,
        "BaselineUsedForDriftCheckConstraints": used.constraints,
        "CheckJobArn": job["ProcessingJobArn"],
        "ProcessingOutputConfig": request["ProcessingOutputConfig"],
        "Violations": violations,
    }


def _previous_baseline(work: Work) -> Baseline:
    supplied = Baseline(
        statistics=str(work.settings.get("SuppliedBaselineStatistics") or ""),
        constraints=str(work.settings.get("SuppliedBaselineConstraints") or ""),
    )
    if supplied.statistics and supplied.constraints:
        return supplied
    registered = _registered_baseline(work)
    statistics = supplied.statistics or registered.get("Statistics", {}).get("S3Uri")
    constraints = supplied.constraints or registered.get("Constraints", {}).get("S3Uri")
    if not statistics or not constraints:
        group = work.settings.get("ModelPackageGroupName") or "no group is named"
        raise StepFailed(
            "ClientError: there is no previous baseline: none is supplied, and no approved model "
            f"package has one (ModelPackageGroupName: {group}); on the first run set SkipCheck "
            "and RegisterNewBaseline"
        )
    return Baseline(str(statistics), str(constraints))


def _registered_baseline(work: Work) -> dict[str, Any]:
    return dict(approved_baselines(work).get(_CHECK_TYPES[work.settings["CheckType"]], {}))


def _with_baseline(work: Work, previous: Baseline) -> JsonObject:
    """Add the previous baseline to the analyzer's inputs, as the service does."""
    files = {"statistics": previous.statistics, "constraints": previous.constraints}
    inputs = [
        input_of(f"baseline_{name}", uri, f"{_BASELINE_FOLDER}/{name}")
        for name, uri in files.items()
    ]
    variables = {
        f"baseline_{name}": f"{_BASELINE_FOLDER}/{name}/{uri.rsplit('/', 1)[-1]}"
        for name, uri in files.items()
    }
    request = work.arguments
    return {
        **request,
        "ProcessingInputs": [*(request.get("ProcessingInputs") or []), *inputs],
        "Environment": {**(request.get("Environment") or {}), **variables},
    }


def _told(violation: dict[str, Any]) -> str:
    return (
        f"{violation.get('feature_name') or violation.get('metric_name')}: "
        f"{violation.get('constraint_check_type')} "
        f"({violation.get('description')})"
    )
