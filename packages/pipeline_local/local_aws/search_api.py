"""SageMaker's Search, over what this server describes.

A kind of resource that there cannot be here is refused, and not answered with an empty list.
Source: SageMaker API Reference, `Search`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.cloud_patches.sagemaker_lists import known_jobs
from pipeline_local.local_aws.job_records import shaped
from pipeline_local.local_aws.pipeline_requests import invalid, moment_of, page_of
from pipeline_local.local_aws.pipeline_versions import versions_of
from pipeline_local.local_aws.search_filters import holds, value_at
from pipeline_schema.api_model import service_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline_local.local_aws.execution_api import ExecutionAnswers
    from pipeline_local.local_aws.pipeline_requests import Request

_UNSUPPORTED = ("CrossAccountFilterOption", "VisibilityConditions")
NOT_HERE = {
    "FeatureGroup": "there is no Feature Store here",
    "FeatureMetadata": "there is no Feature Store here",
    "HubContent": "there is no model hub here",
    "Image": "there are no images of Studio here",
    "ImageVersion": "there are no images of Studio here",
    "Job": "the service's managed jobs are its own",
    "Project": "there are no projects of Studio here",
}
# The member of a result, where it is not called as the resource.
_MEMBERS = {"ExperimentTrial": "Trial", "ExperimentTrialComponent": "TrialComponent"}
# Where moto's backend holds what it describes by `gen_response_object`.
_HELD = {
    "Experiment": "experiments",
    "ExperimentTrial": "trials",
    "ExperimentTrialComponent": "trial_components",
    "ModelPackage": "model_packages",
    "ModelPackageGroup": "model_package_groups",
}
_JOBS = ("TrainingJob", "HyperParameterTuningJob")


class SearchAnswers:
    """The operation, over the answers of executions."""

    def __init__(self, executions: ExecutionAnswers) -> None:
        self._executions = executions

    def search(self, asked: Request) -> dict[str, Any]:
        """Search one kind of resource."""
        for name in _UNSUPPORTED:
            if asked.get(name):
                raise invalid(f"{name}: the local AWS cannot do this")
        resource = asked.get("Resource")
        if resource not in self.kinds():
            raise invalid(f"Resource: the local AWS has no {resource}: {NOT_HERE[resource]}")
        member = _MEMBERS.get(resource, resource)
        record: Any = service_model().shape_for("SearchRecord")
        shape = record.members[member]
        inner = shape.members.get(resource, shape)
        found = [shaped(each, inner) for each in self.kinds()[resource](asked)]
        expression = asked.get("SearchExpression") or {}
        if not found:
            holds(expression, {}, inner.members)  # what is not known is refused all the same
        found = [each for each in found if holds(expression, each, inner.members)]
        by = asked.get("SortBy") or "LastModifiedTime"
        if by in inner.members or asked.get("SortBy"):
            found.sort(key=lambda each: _place(value_at(each, by, inner.members)))
        records = [{member: each if inner is shape else {resource: each}} for each in found]
        return page_of(asked, "Results", records)

    def kinds(self) -> dict[str, Callable[[Request], Iterator[Any]]]:
        """Return what yields the descriptions of each kind of resource."""
        return {
            **dict.fromkeys(_JOBS, self._jobs),
            **dict.fromkeys(_HELD, self._held),
            "Endpoint": self._endpoints,
            "Model": self._models,
            "ModelCard": self._cards,
            "Pipeline": self._pipelines,
            "PipelineExecution": self._all_executions,
            "PipelineVersion": self._versions,
        }

    def _jobs(self, asked: Request) -> Iterator[Any]:
        return known_jobs(asked, asked.get("Resource"))

    def _held(self, asked: Request) -> Iterator[Any]:
        for each in getattr(asked.backend, _HELD[asked.get("Resource")]).values():
            answer = each.gen_response_object()
            kind = _MEMBERS.get(asked.get("Resource"), asked.get("Resource"))
            yield {f"{kind}Arn": answer.get("Arn"), **answer}

    def _endpoints(self, asked: Request) -> Iterator[Any]:
        for each in asked.backend.endpoints.values():
            yield {"Tags": each.tags, **each.response_object}

    def _models(self, asked: Request) -> Iterator[Any]:
        for each in asked.backend.list_models():
            answer = each.response_object
            yield {"Tags": each.tags, **answer, **getattr(each, "asked_for", {})}

    def _cards(self, asked: Request) -> Iterator[Any]:
        for versions in asked.backend.model_cards.values():
            yield {"Tags": versions[-1].tags, **versions[-1].describe()}

    def _pipelines(self, asked: Request) -> Iterator[Any]:
        for name, each in asked.backend.pipelines.items():
            last = each.last_execution_time
            yield {"Tags": each.tags, "LastRunTime": last, **asked.backend.describe_pipeline(name)}

    def _versions(self, asked: Request) -> Iterator[Any]:
        for each in asked.backend.pipelines.values():
            for number, version in enumerate(versions_of(each), start=1):
                yield {"PipelineArn": each.arn, "PipelineVersionId": number, **version}

    def _all_executions(self, asked: Request) -> Iterator[Any]:
        for pipeline in asked.backend.pipelines.values():
            for arn in pipeline.pipeline_executions:
                named = {"PipelineExecutionArn": arn}
                described = self._executions.describe_pipeline_execution(asked.other("", **named))
                values = self._executions.list_pipeline_parameters_for_execution(
                    asked.other("", **named, MaxResults=200)
                )
                yield {**described, **values}


def _place(value: Any) -> tuple[str, Any]:
    """Return what a description is sorted by, next to those whose values are of another kind."""
    if value is None or isinstance(value, str):
        return ("", value or "")
    number = isinstance(value, int | float)
    return ("0", value) if number else ("1", moment_of(value).timestamp())
