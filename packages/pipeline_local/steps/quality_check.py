"""QualityCheck steps: Model Monitor's analyzer as a job, and the baselines.

Source: SageMaker AI developer guide, "Baseline calculation, drift detection and lifecycle with
ClarifyCheck and QualityCheck steps":

- the step always calculates a baseline (`CalculatedBaseline…`);
- unless `SkipCheck`, the data are checked against the previous baseline: the supplied one, else
    that of the latest approved package of the group;
- `BaselineUsedForDriftCheck…` is the new baseline with `RegisterNewBaseline`, else the previous.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.jobs.storage import join_uri
from pipeline_local.steps.baseline_checks import (
    approved_baselines,
    check_problems,
    input_of,
    no_baseline,
    run_check,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Step
    from pipeline_schema.values import JsonObject

# CheckType -> the member of DriftCheckBaselines that holds its baseline.
_CHECK_TYPES = {"DATA_QUALITY": "ModelDataQuality", "MODEL_QUALITY": "ModelQuality"}
_FILES = ("Statistics", "Constraints")
_BASELINE_FOLDER = "/opt/ml/processing/baseline"


def problems(step: Step) -> Iterator[str]:
    """Validate a QualityCheck step."""
    yield from check_problems(step, _CHECK_TYPES, [f"SuppliedBaseline{kind}" for kind in _FILES])
    kind, asked = step.settings.get("CheckType"), step.arguments.get("Environment") or {}
    analysis = asked.get("analysis_type", "DATA_QUALITY")
    if kind in list(_CHECK_TYPES) and isinstance(analysis, str) and analysis != kind:
        yield f"Environment.analysis_type: {analysis!r} is not the CheckType, {kind}"


def run(work: Work) -> JsonObject:
    """Calculate the baseline, compare with the previous one, and return the step's properties."""
    settings = work.settings
    skip, register = bool(settings.get("SkipCheck")), bool(settings.get("RegisterNewBaseline"))
    # In the first run of a pipeline a new baseline is registered that nothing is checked against.
    previous = None if skip and register else _previous_baseline(work)
    request = work.arguments if skip or previous is None else _with_baseline(work, previous)
    results, common = run_check(work, request, _described)
    calculated = {kind: join_uri(results, f"{kind.lower()}.json") for kind in _FILES}
    used = calculated if register or previous is None else previous
    return {
        **common,
        **{f"CalculatedBaseline{kind}": uri for kind, uri in calculated.items()},
        **{f"BaselineUsedForDriftCheck{kind}": uri for kind, uri in used.items()},
    }


def _previous_baseline(work: Work) -> dict[str, str]:
    found = {kind: work.settings.get(f"SuppliedBaseline{kind}") for kind in _FILES}
    if not all(found.values()):
        registered = approved_baselines(work).get(_CHECK_TYPES[work.settings["CheckType"]], {})
        found = {k: uri or registered.get(k, {}).get("S3Uri") for k, uri in found.items()}
    if not all(found.values()):
        raise no_baseline(work, "one")
    return {kind: str(uri) for kind, uri in found.items()}


def _with_baseline(work: Work, previous: dict[str, str]) -> JsonObject:
    """Add the previous baseline to the analyzer's inputs, as the service does."""
    files = {kind.lower(): uri for kind, uri in previous.items()}
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


def _described(violation: dict[str, Any]) -> str:
    return (
        f"{violation.get('feature_name') or violation.get('metric_name')}: "
        f"{violation.get('constraint_check_type')} "
        f"({violation.get('description')})"
    )
