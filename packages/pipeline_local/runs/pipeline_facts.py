"""Representation of a run in API responses and events."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from pipeline_local.runs.api_execution import Execution
    from pipeline_local.runs.run_state import RunState, StepState
    from pipeline_schema.step_type import StepType

EXECUTION_CHANGE = "SageMaker Model Building Pipeline Execution Status Change"
STEP_CHANGE = "SageMaker Model Building Pipeline Execution Step Status Change"
# The runner's words that are not the service's. Interrupted ones go on by themselves.
_STATUSES = {"Interrupted": "Executing"}
_UNSEEN = ("Waiting", "NotTaken")
_LONGEST_REASON = 3072


def status_of(stored: Any, run: RunState | None) -> tuple[str, str]:
    """Return the service's status of an execution and its failure reason or an empty text."""
    if run is not None and run.ended is not None:
        return str(run.status), (run.failure or "")[:_LONGEST_REASON]
    return str(stored.pipeline_execution_status), ""


def steps_of(execution: Execution, run: RunState | None) -> list[dict[str, Any]]:
    """List the started steps in the order of their starts."""
    if run is None:
        return []
    seen = [(n, s) for n, s in run.steps.items() if s.status not in _UNSEEN and s.started]
    seen.sort(key=lambda item: item[1].started or "")
    return [_step(execution, name, step) for name, step in seen]


def _step(execution: Execution, name: str, step: StepState) -> dict[str, Any]:
    ended = step.ended
    facts = {
        "StepName": name,
        "StartTime": datetime.fromisoformat(step.started or ""),
        "EndTime": datetime.fromisoformat(ended) if ended else None,
        "StepStatus": _STATUSES.get(step.status, str(step.status)),
        "FailureReason": (step.failure or "")[:_LONGEST_REASON],
        "Metadata": metadata_of(step),
        "AttemptCount": step.attempts,
    }
    if step.cached and step.reused_from:
        source = f"{execution.pipeline_arn}/execution/{step.reused_from}"
        facts["CacheHitResult"] = {"SourcePipelineExecutionArn": source}
    return {key: value for key, value in facts.items() if value or key == "AttemptCount"}


def metadata_of(step: StepState) -> dict[str, Any]:
    """Return the `PipelineExecutionStepMetadata` of a step, empty as long as there is none."""
    row = step_type(step.type)
    facts = _facts_of(row, step)
    return {row.metadata: facts} if facts else {}


def _facts_of(row: StepType, step: StepState) -> dict[str, Any]:
    known = step.properties
    if row.ends_run:
        return {"ErrorMessage": step.failure[:_LONGEST_REASON]} if step.failure else {}
    if row.arn:
        return {"Arn": known[row.arn]} if row.arn in known else {}
    if row.outputs:
        outputs = known.get(row.outputs)
        if outputs is None:
            return {}
        return {row.outputs: [{"Name": k, "Value": str(v)} for k, v in outputs.items()]}
    return {name: known[name] for name in sorted(row.properties) if known.get(name)}


def execution_event(execution: Execution, run: RunState, before: str | None) -> dict[str, Any]:
    """Build the event of an execution whose status changed.

    Source of the form: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """
    detail = {
        "pipelineExecutionDisplayName": execution.display_name or execution.run_id,
        "currentPipelineExecutionStatus": str(run.status),
        "previousPipelineExecutionStatus": before,
        "executionStartTime": _second(run.started),
        "executionEndTime": _second(run.ended),
        "pipelineExecutionDescription": execution.description,
    }
    return _event(execution, EXECUTION_CHANGE, detail)


def step_event(
    execution: Execution, name: str, step: StepState, before: str | None
) -> dict[str, Any]:
    """Build the event of a step whose status changed."""
    metadata = {
        kind[0].lower() + kind[1:]: {
            key[0].lower() + key[1:]: value for key, value in facts.items()
        }
        for kind, facts in metadata_of(step).items()
    }
    detail = {
        "stepName": name,
        "stepType": step.type,
        "metadata": metadata,
        "currentStepStatus": _STATUSES.get(step.status, str(step.status)),
        "previousStepStatus": before,
        "stepStartTime": _second(step.started),
        "stepEndTime": _second(step.ended),
        "failureReason": step.failure,
    }
    return _event(execution, STEP_CHANGE, detail)


def _event(execution: Execution, kind: str, detail: dict[str, Any]) -> dict[str, Any]:
    arns = {"pipelineArn": execution.pipeline_arn, "pipelineExecutionArn": execution.arn}
    known = {name: value for name, value in detail.items() if value not in (None, "")}
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": kind,
        "source": "aws.sagemaker",
        "account": execution.account,
        "time": _second(datetime.now(UTC).isoformat()),
        "region": execution.region,
        "resources": list(arns.values()),
        "detail": {**known, **arns},
    }


def _second(moment: str | None) -> str | None:
    if not moment:
        return None
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
