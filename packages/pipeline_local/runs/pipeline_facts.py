"""What the API and the events say of an execution, out of the run that it is."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline_local.runs.api_execution import Execution
    from pipeline_local.runs.run_state import RunState, StepState

EXECUTION_CHANGE = "SageMaker Model Building Pipeline Execution Status Change"
STEP_CHANGE = "SageMaker Model Building Pipeline Execution Step Status Change"
# By step type: the name in the API's metadata, and the property that holds the ARN.
_ARNS = {
    "Training": ("TrainingJob", "TrainingJobArn"),
    "Processing": ("ProcessingJob", "ProcessingJobArn"),
    "Transform": ("TransformJob", "TransformJobArn"),
    "Tuning": ("TuningJob", "HyperParameterTuningJobArn"),
    "Model": ("Model", "ModelArn"),
    "RegisterModel": ("RegisterModel", "ModelPackageArn"),
}
_CHECKS = ("QualityCheck", "ClarifyCheck")
_CHECK_FACTS = (
    *("BaselineUsedForDriftCheckConstraints", "BaselineUsedForDriftCheckStatistics"),
    *("CalculatedBaselineConstraints", "CalculatedBaselineStatistics"),
)
# The runner's words that are not the service's. Interrupted ones go on by themselves.
_STATUSES = {"Interrupted": "Executing"}
_UNSEEN = ("Waiting", "NotTaken")
_LONGEST_REASON = 3072


def status_of(stored: Any, run: RunState | None) -> tuple[str, str]:
    """Tell the status of an execution, and why it failed.

    Returns
    -------
    tuple of str
        In the service's words; the reason is empty unless it failed.
    """
    if run is not None and run.ended is not None:
        return str(run.status), (run.failure or "")[:_LONGEST_REASON]
    return str(stored.pipeline_execution_status), ""


def steps_of(execution: Execution, run: RunState | None) -> list[dict[str, Any]]:
    """List the steps that were started, in the order of their starts."""
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
    """Give the metadata of a step: the ARN of its job, or what its type has to tell.

    Returns
    -------
    dict
        Of the shape PipelineExecutionStepMetadata; empty if there is nothing yet.
    """
    answer = step.properties
    if step.type in _ARNS:
        name, field = _ARNS[step.type]
        return {name: {"Arn": answer[field]}} if field in answer else {}
    if step.type == "Condition" and "Outcome" in answer:
        return {"Condition": {"Outcome": str(answer["Outcome"])}}
    if step.type == "Lambda" and "OutputParameters" in answer:
        outputs = answer["OutputParameters"].items()
        listed = [{"Name": name, "Value": str(value)} for name, value in outputs]
        return {"Lambda": {"OutputParameters": listed}}
    if step.type in _CHECKS and answer:
        return {step.type: {name: answer[name] for name in _CHECK_FACTS if answer.get(name)}}
    if step.type == "Fail" and step.failure:
        return {"Fail": {"ErrorMessage": step.failure[:_LONGEST_REASON]}}
    return {}


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
