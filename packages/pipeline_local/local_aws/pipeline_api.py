"""SageMaker's API of pipelines, answered from real runs.

moto records an execution as succeeded at once, runs nothing, lists no steps and accepts any text
as a definition. Source:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Service.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore import xform_name

from pipeline_local.local_aws import determinism, pipeline_metrics
from pipeline_local.local_aws.execution_api import ExecutionAnswers
from pipeline_local.local_aws.pipeline_requests import (
    Request,
    definition_of,
    page_of,
    parallelism_of,
    version_of,
)
from pipeline_local.local_aws.pipeline_versions import (
    add_version,
    find_version,
    pipeline_of,
    versions_of,
)
from pipeline_local.local_aws.sagemaker_operations import HONOURED
from pipeline_local.local_aws.search_api import SearchAnswers

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline_local.local_aws.executions import Executions


def install(executions: Executions) -> None:
    """Replace moto's answers by these."""
    from moto.sagemaker import models
    from moto.sagemaker.responses import SageMakerResponse

    pipeline_metrics.watch(executions)
    setattr(models, "get_pipeline_from_name", pipeline_of)  # noqa: B010 (moto imports it by name)
    running = ExecutionAnswers(executions)
    for answers in (PipelineAnswers(), running, SearchAnswers(running)):
        operations = {xform_name(each) for each in HONOURED}
        for name in operations & vars(type(answers)).keys():
            setattr(SageMakerResponse, name, _method(getattr(answers, name)))


def _method(answer: Callable[[Request], dict[str, Any]]) -> Callable[[Any], Any]:
    def method(self: Any) -> Any:
        from moto.core.responses import ActionResult

        return ActionResult(answer(Request.of(self)))

    return method


class PipelineAnswers:
    """One method per operation."""

    def create_pipeline(self, asked: Request) -> dict[str, Any]:
        """Create a pipeline and its first version."""
        backend = asked.backend
        pipeline = backend.create_pipeline(
            pipeline_name=asked.get("PipelineName"),
            pipeline_display_name=asked.get("PipelineDisplayName"),
            pipeline_definition=definition_of(asked),
            pipeline_definition_s3_location=None,
            pipeline_description=asked.get("PipelineDescription"),
            role_arn=asked.get("RoleArn"),
            tags=asked.get("Tags"),
            parallelism_configuration=parallelism_of(asked),
        )
        add_version(pipeline)
        return {"PipelineArn": pipeline.arn}

    def update_pipeline(self, asked: Request) -> dict[str, Any]:
        """Change a pipeline, which makes a version."""
        pipeline = pipeline_of(asked.backend.pipelines, asked.get("PipelineName"))
        changes = {
            "pipeline_definition": definition_of(asked, optional=True),
            "pipeline_display_name": asked.get("PipelineDisplayName"),
            "pipeline_description": asked.get("PipelineDescription"),
            "role_arn": asked.get("RoleArn"),
            "parallelism_configuration": parallelism_of(asked),
        }
        for name, value in changes.items():
            if value:
                setattr(pipeline, name, value)
        pipeline.last_modified_time = determinism.now()
        return {"PipelineArn": pipeline.arn, "PipelineVersionId": add_version(pipeline)}

    def describe_pipeline(self, asked: Request) -> dict[str, Any]:
        """Describe a pipeline, or a version of it."""
        pipeline = pipeline_of(asked.backend.pipelines, asked.get("PipelineName"))
        answer: dict[str, Any] = asked.backend.describe_pipeline(pipeline.pipeline_name)
        wanted = version_of(asked)
        return {**answer, **find_version(pipeline, wanted)} if wanted else answer

    def list_pipeline_versions(self, asked: Request) -> dict[str, Any]:
        """List the versions of a pipeline."""
        pipeline = pipeline_of(asked.backend.pipelines, asked.get("PipelineName"))
        arn, versions = pipeline.arn, enumerate(versions_of(pipeline), start=1)
        summaries = [
            {"PipelineArn": arn, "PipelineVersionId": number, "CreationTime": each["CreationTime"]}
            for number, each in versions
        ]
        return page_of(asked, "PipelineVersionSummaries", summaries)
