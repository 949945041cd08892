"""ClarifyCheck steps: Clarify's analyzer as a job, and the baselines.

Source: SageMaker AI developer guide, "ClarifyCheck step" and "Baseline calculation, drift detection
and lifecycle with ClarifyCheck and QualityCheck steps". ``analysis.json`` is result and baseline
at once. Instead of a shadow endpoint, the analyzer's container loads the model's code and artefact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.clarify.settings import BESIDE, FRAMEWORK
from pipeline_local.jobs.images import image_of
from pipeline_local.jobs.serving import ServedModel, find_model
from pipeline_local.jobs.storage import join_uri, split_uri
from pipeline_local.jobs.work import StepFailed
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

# CheckType -> where DriftCheckBaselines has its constraints.
_CHECK_TYPES = {
    "DATA_BIAS": ("Bias", "PreTrainingConstraints"),
    "MODEL_BIAS": ("Bias", "PostTrainingConstraints"),
    "MODEL_EXPLAINABILITY": ("Explainability", "Constraints"),
}
_CONFIG = "analysis_config"
_INPUTS = (_CONFIG, "dataset")


def problems(step: Step) -> Iterator[str]:
    """Validate a ClarifyCheck step."""
    yield from check_problems(step, _CHECK_TYPES, ["SuppliedBaselineConstraints"])
    settings = step.settings
    if settings.get("CheckType") == "MODEL_EXPLAINABILITY" and not settings.get("ModelName"):
        yield "ModelName: is missing; there is no model to explain"
    listed = step.arguments.get("ProcessingInputs") or []
    inputs = {item["InputName"]: item for item in listed if isinstance(item.get("InputName"), str)}
    for name in _INPUTS:
        if name not in inputs:
            yield f"ProcessingInputs: there is no input {name!r}"
    if "S3Input" not in inputs.get(_CONFIG, {"S3Input": None}):
        yield f"ProcessingInputs: input {_CONFIG!r} is a file in S3; name it by S3Input"


def run(work: Work) -> JsonObject:
    """Analyse, compare with the previous baseline, and return the step's properties."""
    settings = work.settings
    skip, register = bool(settings.get("SkipCheck")), bool(settings.get("RegisterNewBaseline"))
    previous = "" if skip and register else _previous_baseline(work)
    results, common = run_check(work, _completed(work, "" if skip else previous), _described)
    calculated = join_uri(results, "analysis.json")
    return {
        **common,
        "CalculatedBaselineConstraints": calculated,
        "BaselineUsedForDriftCheckConstraints": calculated if register else previous,
    }


def _previous_baseline(work: Work) -> str:
    if supplied := work.settings.get("SuppliedBaselineConstraints"):
        return str(supplied)
    part, name = _CHECK_TYPES[work.settings["CheckType"]]
    found = approved_baselines(work).get(part, {}).get(name, {}).get("S3Uri")
    if not found:
        raise no_baseline(work, f"{part}.{name}")
    return str(found)


def _completed(work: Work, previous: str) -> JsonObject:
    """Add the inputs that the service would fetch: model, baselines."""
    request = work.arguments
    config = _analysis_config(work)
    inputs = list(request.get("ProcessingInputs") or [])
    variables: dict[str, str] = {}
    isolated = bool(request.get("NetworkConfig", {}).get("EnableNetworkIsolation", False))
    if previous:
        inputs.append(_input("constraints", previous))
    baseline = ((config.get("methods") or {}).get("shap") or {}).get("baseline")
    if isinstance(baseline, str):
        inputs.append(_input("shap_baseline", baseline))
    name = work.settings.get("ModelName") or (config.get("predictor") or {}).get("model_name")
    if name:
        model = find_model(work, str(name))
        inputs.extend(_model_inputs(model))
        variables = {**model.environment, FRAMEWORK: image_of(model.image).serving}
        isolated = isolated or model.isolated
    return {
        **request,
        "ProcessingInputs": inputs,
        "Environment": {**variables, **(request.get("Environment") or {})},
        "NetworkConfig": {**request.get("NetworkConfig", {}), "EnableNetworkIsolation": isolated},
    }


def _model_inputs(model: ServedModel) -> Iterator[JsonObject]:
    if model.data_uri:
        yield _input("model", model.data_uri)
    if model.code_uri:
        yield _input("code", model.code_uri)


def _input(name: str, uri: str) -> JsonObject:
    return input_of(f"clarify_{name}", uri, f"{BESIDE}/{name}")


def _analysis_config(work: Work) -> dict[str, Any]:
    inputs = work.arguments["ProcessingInputs"]
    source = next(item for item in inputs if item.get("InputName") == "analysis_config")
    uri = str(source["S3Input"]["S3Uri"])
    bucket, prefix = split_uri(uri)
    keys = [
        key
        for key in work.run.store.list_objects(bucket, prefix)
        if key == prefix or key.endswith("/analysis_config.json")
    ]
    if not keys:
        raise StepFailed(f"ClientError: input analysis_config: there is no object under {uri}")
    config = work.run.store.read_json(f"s3://{bucket}/{keys[0]}")
    if not isinstance(config, dict):
        raise StepFailed(f"ClientError: {uri}: is not an object")
    return config


def _described(violation: dict[str, Any]) -> str:
    about = violation.get("facet") or violation.get("label")
    return f"{about}: {violation['metric_name']}: {violation['description']}"
