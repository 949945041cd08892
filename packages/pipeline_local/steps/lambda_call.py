"""Lambda steps: one invocation of the function's own code.

Source: SageMaker AI developer guide, "Lambda step": the keys of the returned object are the
outputs: String, Integer, Boolean or Float; a step runs at most ten minutes.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipeline_local.aws import invoke_function
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps.function_code import kept_function
from pipeline_local.steps.output_parameters import OUTPUT_TYPES, output_problems, type_of
from pipeline_schema.expressions import is_expression
from pipeline_schema.values import with_article

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Step
    from pipeline_schema.values import JsonObject

_MAX_SECONDS = 600


def problems(step: Step) -> Iterator[str]:
    """Validate a Lambda step."""
    arn = step.settings.get("FunctionArn")
    if not is_expression(arn) and not (isinstance(arn, str) and ":function:" in arn):
        yield f"FunctionArn: {arn!r} is not the ARN of a function"
    yield from output_problems(step)


def run(work: Work) -> JsonObject:
    """Invoke the function and return its declared outputs."""
    target = kept_function(work.run.folder, str(work.settings["FunctionArn"]))
    target = replace(target, timeout_seconds=min(target.timeout_seconds, _MAX_SECONDS))
    result = invoke_function(target, work.arguments, work.run.job_environment, work.run.account)
    work.log.parent.mkdir(parents=True, exist_ok=True)
    with work.log.open("a") as log:
        log.write(result.log)
    if result.error is not None:
        raise StepFailed(f"ClientError: function {target.name}: {result.error}")
    declared = work.settings.get("OutputParameters") or []
    outputs = {item["OutputName"]: _output(item, result.payload) for item in declared}
    return {"Arn": str(work.settings["FunctionArn"]), "OutputParameters": outputs}


def _output(declared: JsonObject, payload: Any) -> Any:
    name, kind = declared["OutputName"], type_of(declared)
    if not isinstance(payload, dict):
        raise StepFailed(
            f"ClientError: the function returned {with_article(payload)}, not an object with "
            f"output {name}"
        )
    if name not in payload:
        keys = ", ".join(map(str, payload)) or "nothing"
        raise StepFailed(f"ClientError: output {name}: the function returned only {keys}")
    value = payload[name]
    fits = isinstance(value, OUTPUT_TYPES[kind]) and isinstance(value, bool) == (kind == "Boolean")
    if not fits or (kind == "Float" and not math.isfinite(value)):  # NaN is no JSON
        raise StepFailed(f"ClientError: output {name}: {value!r} is not of type {kind}")
    return float(value) if kind == "Float" else value
