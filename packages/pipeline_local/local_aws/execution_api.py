"""SageMaker's API of executions of pipelines, answered from real runs."""

from __future__ import annotations

import random
import string
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.executions import execution_of
from pipeline_local.local_aws.pipeline_requests import (
    Request,
    check_start,
    invalid,
    is_between,
    page_of,
    parallelism_of,
    selection_of,
    values_of,
    version_of,
)
from pipeline_local.local_aws.pipeline_versions import find_version, pipeline_of, versions_of
from pipeline_local.runs.answering import give_answer
from pipeline_local.runs.pipeline_facts import status_of, steps_of
from pipeline_local.steps.callback_answers import CallbackError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline_local.local_aws.executions import Executions
    from pipeline_local.runs.api_execution import Execution
    from pipeline_local.runs.run_state import RunFolder, RunState
    from pipeline_local.steps.callback_answers import Callback

_ENDED = ("Succeeded", "Failed", "Stopped", "CompletedWithFailures")
_UNSUPPORTED = ("MlflowExperimentName", "PipelineVersionAlias")


class ExecutionAnswers:
    """One method per operation."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions

    def start_pipeline_execution(self, asked: Request) -> dict[str, Any]:
        """Start an execution, once a token."""
        from moto.sagemaker.models import FakePipelineExecution

        backend = asked.backend
        pipeline = pipeline_of(backend.pipelines, asked.get("PipelineName"))
        for name in _UNSUPPORTED:
            if asked.get(name):
                raise invalid(f"{name}: the local AWS cannot do this")
        wanted = version_of(asked) or len(versions_of(pipeline))
        version, limit = find_version(pipeline, wanted), parallelism_of(asked)
        token = asked.get("ClientRequestToken")
        for known in pipeline.pipeline_executions.values():
            if token and known.client_request_token == token:
                return {"PipelineExecutionArn": known.arn}
        parameters = asked.get("PipelineParameters") or []
        definition = version["PipelineDefinition"]
        values = values_of(asked, "PipelineParameters")
        selective = selection_of(asked)
        base = self._source(asked, pipeline, selective)
        check_start(pipeline.pipeline_name, definition, values, selective, base)
        characters = string.ascii_lowercase + string.digits
        run_id = "".join(random.choices(characters, k=12))  # noqa: S311 (to be repeated)
        stored: Any = FakePipelineExecution(
            pipeline_execution_arn=f"{pipeline.arn}/execution/{run_id}",
            pipeline_execution_display_name=asked.get("PipelineExecutionDisplayName"),
            pipeline_parameters=parameters,
            pipeline_execution_description=asked.get("PipelineExecutionDescription"),
            pipeline_definition=definition,
            parallelism_configuration=limit or pipeline.parallelism_configuration,
            client_request_token=token,
        )
        stored.pipeline_execution_status = "Executing"
        stored.version, stored.selective = wanted, selective
        stored.role_arn = asked.get("RoleArn") or version["RoleArn"]
        pipeline.pipeline_executions[stored.arn] = stored
        pipeline.last_execution_time = stored.start_time
        self._executions.ask("start", _of(asked, stored))
        return {"PipelineExecutionArn": stored.arn}

    def _source(self, asked: Request, pipeline: Any, selective: dict[str, Any]) -> RunState | None:
        """Return the run whose results a selective execution uses."""
        arn = selective.get("SourcePipelineExecutionArn")
        if arn is None:
            return None
        if arn not in pipeline.pipeline_executions:
            raise invalid(f"{arn} is no execution of pipeline {pipeline.pipeline_name}.")
        return self._executions.run_of(_of(asked, pipeline.pipeline_executions[arn]))

    def delete_pipeline(self, asked: Request) -> dict[str, Any]:
        """Delete a pipeline of which no execution runs."""
        from moto.sagemaker.exceptions import ConflictException

        pipeline = pipeline_of(asked.backend.pipelines, asked.get("PipelineName"))
        # A replayed deletion was accepted once; the folders of its executions may be gone since.
        for stored in pipeline.pipeline_executions.values() if self._executions.started else ():
            status, _ = status_of(stored, self._executions.run_of(_of(asked, stored)))
            if status not in _ENDED:
                raise ConflictException(
                    f"Pipeline {pipeline.arn} has an execution that is {status}: {stored.arn}. "
                    "Stop it or wait for its end, then delete the pipeline."
                )
        return {"PipelineArn": asked.backend.delete_pipeline(pipeline.pipeline_name)}

    def stop_pipeline_execution(self, asked: Request) -> dict[str, Any]:
        """Stop an execution; its process ends by itself."""
        stored = _stored(asked)
        status, _ = status_of(stored, self._executions.run_of(_of(asked, stored)))
        if status in _ENDED:
            raise invalid(f"Pipeline execution with ARN {stored.arn} is {status} already.")
        stored.pipeline_execution_status = "Stopping"
        self._executions.ask("stop", _of(asked, stored))
        return {"PipelineExecutionArn": stored.arn}

    def retry_pipeline_execution(self, asked: Request) -> dict[str, Any]:
        """Continue an execution that did not succeed after its last good steps, once a token."""
        stored, token = _stored(asked), asked.get("ClientRequestToken")
        tokens = list(getattr(stored, "retry_tokens", ()))
        if token in tokens:
            return {"PipelineExecutionArn": stored.arn}
        status, _ = status_of(stored, self._executions.run_of(_of(asked, stored)))
        # The journal tells what was retried; the run has gone on since.
        if self._executions.started and (status not in _ENDED or status == "Succeeded"):
            raise invalid(f"Pipeline execution with ARN {stored.arn} is {status}: not retried.")
        _override(stored, asked)
        stored.retry_tokens = [*tokens, token]
        stored.pipeline_execution_status = "Executing"
        self._executions.ask("start", _of(asked, stored))
        return {"PipelineExecutionArn": stored.arn}

    def update_pipeline_execution(self, asked: Request) -> dict[str, Any]:
        """Change what people read of an execution, and the limit that its next retry has."""
        stored = _stored(asked)
        status, _ = status_of(stored, self._executions.run_of(_of(asked, stored)))
        if self._executions.started and parallelism_of(asked) and status not in _ENDED:
            raise invalid("ParallelismConfiguration: the execution runs; stop it, and retry it")
        for name in ("description", "display_name"):
            text = asked.get(f"PipelineExecution{name.title().replace('_', '')}")
            if text is not None:
                setattr(stored, f"pipeline_execution_{name}", text)
        _override(stored, asked)
        return {"PipelineExecutionArn": stored.arn}

    def describe_pipeline_execution(self, asked: Request) -> dict[str, Any]:
        """Describe an execution by its run."""
        stored = _stored(asked)
        run = self._executions.run_of(_of(asked, stored))
        status, reason = status_of(stored, run)
        last = run.ended if run is not None else None
        answer = {
            "PipelineArn": stored.arn.split("/execution/")[0],
            "PipelineExecutionArn": stored.arn,
            "PipelineExecutionDisplayName": stored.pipeline_execution_display_name
            or f"execution-{int(stored.start_time.timestamp() * 1000)}",
            "PipelineExecutionStatus": status,
            "PipelineExecutionDescription": stored.pipeline_execution_description,
            "FailureReason": reason,
            "CreationTime": stored.creation_time,
            "LastModifiedTime": datetime.fromisoformat(last) if last else stored.creation_time,
            "ParallelismConfiguration": stored.parallelism_configuration,
            "SelectiveExecutionConfig": getattr(stored, "selective", None),
            "RoleArn": getattr(stored, "role_arn", None),
            "PipelineVersionId": stored.version,
        }
        return {name: value for name, value in answer.items() if value}

    def describe_pipeline_definition_for_execution(self, asked: Request) -> dict[str, Any]:
        """Return the definition that an execution runs."""
        stored = _stored(asked)
        text = stored.pipeline_definition_for_execution
        return {"PipelineDefinition": text, "CreationTime": stored.creation_time}

    def list_pipeline_executions(self, asked: Request) -> dict[str, Any]:
        """List the executions of a pipeline."""
        pipeline = pipeline_of(asked.backend.pipelines, asked.get("PipelineName"))
        found = []
        for stored in pipeline.pipeline_executions.values():
            if not is_between(asked, "Created", stored.creation_time):
                continue
            status, reason = status_of(stored, self._executions.run_of(_of(asked, stored)))
            summary = {
                "PipelineExecutionArn": stored.arn,
                "StartTime": stored.start_time,
                "PipelineExecutionStatus": status,
                "PipelineExecutionDescription": stored.pipeline_execution_description,
                "PipelineExecutionDisplayName": stored.pipeline_execution_display_name,
                "PipelineExecutionFailureReason": reason,
            }
            found.append({name: value for name, value in summary.items() if value})
        return page_of(asked, "PipelineExecutionSummaries", found)

    def list_pipeline_execution_steps(self, asked: Request) -> dict[str, Any]:
        """List the steps that have begun."""
        execution = _of(asked, _stored(asked))
        steps = steps_of(execution, self._executions.run_of(execution))
        return page_of(asked, "PipelineExecutionSteps", steps)

    def list_pipeline_parameters_for_execution(self, asked: Request) -> dict[str, Any]:
        """List the values of an execution's parameters."""
        stored = _stored(asked)
        run = self._executions.run_of(_of(asked, stored))
        if run is None:
            return {"PipelineParameters": stored.pipeline_parameters or []}
        values = [{"Name": name, "Value": str(value)} for name, value in run.parameters.items()]
        return page_of(asked, "PipelineParameters", values, newest_first=False)

    def send_pipeline_execution_step_success(self, asked: Request) -> dict[str, Any]:
        """Answer a callback with the values of its outputs."""
        values = values_of(asked, "OutputParameters")
        return self._answer(asked, lambda callback: callback.succeed(values))

    def send_pipeline_execution_step_failure(self, asked: Request) -> dict[str, Any]:
        """Answer a callback with the reason of a failure."""
        return self._answer(asked, lambda callback: callback.fail(asked.get("FailureReason") or ""))

    def _answer(self, asked: Request, answer: Callable[[Callback], None]) -> dict[str, Any]:
        from moto.sagemaker.exceptions import ResourceNotFound

        try:
            _, callback = give_answer(
                self._executions.root,
                asked.get("CallbackToken"),
                answer,
                lambda run, found: _has_ended(asked, run, found),
            )
        except CallbackError as error:
            raise (invalid if error.known else ResourceNotFound)(str(error)) from None
        return {"PipelineExecutionArn": callback.execution}


def _override(stored: Any, asked: Request) -> None:
    if wanted := parallelism_of(asked):
        stored.parallelism_configuration = wanted


def _has_ended(asked: Request, run: RunFolder, callback: Callback) -> bool:
    state = run.load()
    stored = _all_stored(asked).get(callback.execution)  # none if a command runs it
    return state.ended is not None if stored is None else status_of(stored, state)[0] in _ENDED


def _all_stored(asked: Request) -> dict[str, Any]:
    pipelines = asked.backend.pipelines.values()
    return {arn: each for known in pipelines for arn, each in known.pipeline_executions.items()}


def _stored(asked: Request) -> Any:
    from moto.sagemaker.exceptions import ResourceNotFound

    arn = asked.get("PipelineExecutionArn")
    if stored := _all_stored(asked).get(arn):
        return stored
    raise ResourceNotFound(f"Pipeline execution '{arn}' does not exist.")


def _of(asked: Request, stored: Any) -> Execution:
    backend = asked.backend
    return execution_of(stored, backend.account_id, backend.region_name)
