"""SageMaker's API of pipelines, answered from real runs.

moto records an execution as succeeded at once, runs nothing, lists no steps and accepts any text
as a definition. Source:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Service.html
"""

from __future__ import annotations

import random
import string
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws import determinism
from pipeline_local.local_aws.executions import execution_of
from pipeline_local.local_aws.pipeline_requests import (
    Request,
    check_parameters,
    definition_of,
    invalid,
    page_of,
)
from pipeline_local.runs.pipeline_facts import status_of, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline_local.local_aws.executions import Executions
    from pipeline_local.runs.api_execution import Execution

_ENDED = ("Succeeded", "Failed", "Stopped", "CompletedWithFailures")
_UNSUPPORTED = ("SelectiveExecutionConfig", "PipelineVersionAlias")


def install(executions: Executions) -> None:
    """Replace moto's answers by these."""
    from moto.sagemaker import models
    from moto.sagemaker.responses import SageMakerResponse

    answers = _Answers(executions)
    setattr(models, "get_pipeline_from_name", _pipeline)  # noqa: B010 (moto imports it by name)
    for name in (
        *("create_pipeline", "update_pipeline", "describe_pipeline", "list_pipeline_versions"),
        *("start_pipeline_execution", "stop_pipeline_execution", "describe_pipeline_execution"),
        *("list_pipeline_executions", "list_pipeline_execution_steps"),
        "list_pipeline_parameters_for_execution",
    ):
        setattr(SageMakerResponse, name, _method(getattr(answers, name)))


def _method(answer: Callable[[Request], dict[str, Any]]) -> Callable[[Any], Any]:
    def method(self: Any) -> Any:
        from moto.core.responses import ActionResult

        return ActionResult(answer(Request(self)))

    return method


class _Answers:
    """One method per operation."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions

    def create_pipeline(self, asked: Request) -> dict[str, Any]:
        backend = asked.backend
        pipeline = backend.create_pipeline(
            pipeline_name=asked.get("PipelineName"),
            pipeline_display_name=asked.get("PipelineDisplayName"),
            pipeline_definition=definition_of(asked),
            pipeline_definition_s3_location=None,
            pipeline_description=asked.get("PipelineDescription"),
            role_arn=asked.get("RoleArn"),
            tags=asked.get("Tags"),
            parallelism_configuration=asked.get("ParallelismConfiguration"),
        )
        _add_version(pipeline)
        return {"PipelineArn": pipeline.arn}

    def update_pipeline(self, asked: Request) -> dict[str, Any]:
        pipeline = _pipeline(asked.backend.pipelines, asked.get("PipelineName"))
        changes = {
            "pipeline_definition": definition_of(asked, optional=True),
            "pipeline_display_name": asked.get("PipelineDisplayName"),
            "pipeline_description": asked.get("PipelineDescription"),
            "role_arn": asked.get("RoleArn"),
            "parallelism_configuration": asked.get("ParallelismConfiguration"),
        }
        for name, value in changes.items():
            if value:
                setattr(pipeline, name, value)
        pipeline.last_modified_time = determinism.now()
        return {"PipelineArn": pipeline.arn, "PipelineVersionId": _add_version(pipeline)}

    def describe_pipeline(self, asked: Request) -> dict[str, Any]:
        pipeline = _pipeline(asked.backend.pipelines, asked.get("PipelineName"))
        answer: dict[str, Any] = asked.backend.describe_pipeline(pipeline.pipeline_name)
        wanted = asked.get("PipelineVersionId")
        return {**answer, **_find_version(pipeline, wanted)} if wanted else answer

    def list_pipeline_versions(self, asked: Request) -> dict[str, Any]:
        pipeline = _pipeline(asked.backend.pipelines, asked.get("PipelineName"))
        arn, versions = pipeline.arn, enumerate(_versions(pipeline), start=1)
        summaries = [
            {"PipelineArn": arn, "PipelineVersionId": number, "CreationTime": each["CreationTime"]}
            for number, each in versions
        ]
        return page_of(asked, "PipelineVersionSummaries", summaries)

    def start_pipeline_execution(self, asked: Request) -> dict[str, Any]:
        from moto.sagemaker.models import FakePipelineExecution

        backend = asked.backend
        pipeline = _pipeline(backend.pipelines, asked.get("PipelineName"))
        for name in _UNSUPPORTED:
            if asked.get(name):
                raise invalid(f"{name}: the local AWS cannot do this")
        wanted = asked.get("PipelineVersionId") or len(_versions(pipeline))
        version = _find_version(pipeline, wanted)
        token = asked.get("ClientRequestToken")
        for known in pipeline.pipeline_executions.values():
            if token and known.client_request_token == token:
                return {"PipelineExecutionArn": known.arn}
        parameters = asked.get("PipelineParameters") or []
        definition = version["PipelineDefinition"]
        check_parameters(
            pipeline.pipeline_name, definition, {item["Name"]: item["Value"] for item in parameters}
        )
        characters = string.ascii_lowercase + string.digits
        run_id = "".join(random.choices(characters, k=12))  # noqa: S311 (to be repeated)
        stored: Any = FakePipelineExecution(
            pipeline_execution_arn=f"{pipeline.arn}/execution/{run_id}",
            pipeline_execution_display_name=asked.get("PipelineExecutionDisplayName"),
            pipeline_parameters=parameters,
            pipeline_execution_description=asked.get("PipelineExecutionDescription"),
            pipeline_definition=definition,
            parallelism_configuration=asked.get("ParallelismConfiguration")
            or pipeline.parallelism_configuration,
            client_request_token=token,
        )
        stored.pipeline_execution_status = "Executing"
        stored.version = wanted
        pipeline.pipeline_executions[stored.arn] = stored
        pipeline.last_execution_time = stored.start_time
        self._executions.ask("start", _of(asked, stored))
        return {"PipelineExecutionArn": stored.arn}

    def stop_pipeline_execution(self, asked: Request) -> dict[str, Any]:
        stored = _stored(asked)
        status, _ = status_of(stored, self._executions.run_of(_of(asked, stored)))
        if status in _ENDED:
            raise invalid(f"Pipeline execution with ARN {stored.arn} is {status} already.")
        stored.pipeline_execution_status = "Stopping"
        self._executions.ask("stop", _of(asked, stored))
        return {"PipelineExecutionArn": stored.arn}

    def describe_pipeline_execution(self, asked: Request) -> dict[str, Any]:
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
            "PipelineVersionId": stored.version,
        }
        return {name: value for name, value in answer.items() if value}

    def list_pipeline_executions(self, asked: Request) -> dict[str, Any]:
        pipeline = _pipeline(asked.backend.pipelines, asked.get("PipelineName"))
        after, before = (float(asked.get(f"Created{end}") or 0) for end in ("After", "Before"))
        found = []
        for stored in pipeline.pipeline_executions.values():
            created = stored.creation_time.timestamp()
            if (after and created <= after) or (before and created >= before):
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
        execution = _of(asked, _stored(asked))
        steps = steps_of(execution, self._executions.run_of(execution))
        return page_of(asked, "PipelineExecutionSteps", steps)

    def list_pipeline_parameters_for_execution(self, asked: Request) -> dict[str, Any]:
        stored = _stored(asked)
        run = self._executions.run_of(_of(asked, stored))
        if run is None:
            return {"PipelineParameters": stored.pipeline_parameters or []}
        values = [{"Name": name, "Value": str(value)} for name, value in run.parameters.items()]
        return page_of(asked, "PipelineParameters", values, newest_first=False)


def _pipeline(pipelines: dict[str, Any], name: str) -> Any:
    """Find a pipeline by its name or its ARN; moto knows the name only."""
    from moto.sagemaker.exceptions import ResourceNotFound

    short = name.rsplit("/", 1)[-1] if name.startswith("arn:") else name
    if short not in pipelines:
        raise ResourceNotFound(f"Pipeline '{name}' does not exist.")
    return pipelines[short]


def _versions(pipeline: Any) -> list[dict[str, Any]]:
    """Return all versions: each creation and each update makes one; moto keeps the newest only."""
    known: list[dict[str, Any]] = getattr(pipeline, "versions", [])
    return known


def _add_version(pipeline: Any) -> int:
    version = {
        "PipelineDefinition": pipeline.pipeline_definition,
        "RoleArn": pipeline.role_arn,
        "CreationTime": determinism.now(),
    }
    pipeline.versions = [*_versions(pipeline), version]
    return len(pipeline.versions)


def _find_version(pipeline: Any, version: int) -> dict[str, Any]:
    from moto.sagemaker.exceptions import ResourceNotFound

    known = _versions(pipeline)
    if not 0 < version <= len(known):
        raise ResourceNotFound(f"Pipeline {pipeline.arn} has no version {version}.")
    return known[version - 1]


def _stored(asked: Request) -> Any:
    from moto.sagemaker.exceptions import ResourceNotFound

    arn = asked.get("PipelineExecutionArn")
    for pipeline in asked.backend.pipelines.values():
        if arn in pipeline.pipeline_executions:
            return pipeline.pipeline_executions[arn]
    raise ResourceNotFound(f"Pipeline execution '{arn}' does not exist.")


def _of(asked: Request, stored: Any) -> Execution:
    backend = asked.backend
    return execution_of(stored, backend.account_id, backend.region_name)
