"""What runs in an environment, and stopping it: it would continue, and be billed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mlops.teardown.plan import Item
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlops.teardown.place import Place

DELIVERY, BUILD, EXECUTION = "delivery", "build", "pipeline execution"
_PATIENCE_SECONDS, _POLL_SECONDS = 900.0, 5.0
_MOST_BUILDS = 100  # of one BatchGetBuilds


def running(place: Place) -> list[Item]:
    """Find what runs: deliveries, which start builds, which start pipelines."""
    return [*_deliveries(place), *_builds(place), *_executions(place)]


def stop_all(place: Place, tell: Callable[[str], None]) -> None:
    """Stop what runs or is started meanwhile, and wait until nothing does."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    asked: set[Item] = set()
    while found := running(place):
        for each in found:
            if each not in asked and not each.why:
                tell(f"stops {each.kind} {each.name}")
                _stop(place, each)
                asked.add(each)
        if time.monotonic() > deadline:
            first = found[0]
            raise MlopsError(
                f"{first.kind} {first.name} does not stop; wait for it, then run this again"
            )
        time.sleep(_POLL_SECONDS)


def token(execution: str) -> str:
    """Return the idempotency token of a request to stop an execution."""
    return execution.rpartition("/")[2].ljust(32, "-")


def _deliveries(place: Place) -> Iterator[Item]:
    listing = ("codepipeline", "list_pipeline_executions", "pipelineExecutionSummaries")
    for pipeline in place.ours("codepipeline", "list_pipelines", "pipelines", "name"):
        for each in place.pages(*listing, pipelineName=pipeline):
            name = f"{pipeline}/{each['pipelineExecutionId']}"
            yield from _unless_ended(DELIVERY, name, each["status"])


def _builds(place: Place) -> Iterator[Item]:
    client = place.client("codebuild")
    listing = ("codebuild", "list_builds_for_project", "ids")
    for project in place.ours("codebuild", "list_projects", "projects"):
        # Newest first; a project runs at most a few at once.
        if recent := list(place.pages(*listing, projectName=project))[:_MOST_BUILDS]:
            for each in client.batch_get_builds(ids=recent)["builds"]:
                if each["buildStatus"] == "IN_PROGRESS":
                    yield Item(BUILD, each["id"])


def _executions(place: Place) -> Iterator[Item]:
    listing = ("sagemaker", "list_pipeline_executions", "PipelineExecutionSummaries")
    for pipeline in place.ours("sagemaker", "list_pipelines", "PipelineSummaries", "PipelineName"):
        for each in place.pages(*listing, PipelineName=pipeline):
            status = each["PipelineExecutionStatus"]
            yield from _unless_ended(EXECUTION, each["PipelineExecutionArn"], status)


def _unless_ended(kind: str, name: str, status: str) -> Iterator[Item]:
    if status in {"InProgress", "Executing", "Stopping"}:
        yield Item(kind, name, "stops already" if status == "Stopping" else "")


def _stop(place: Place, item: Item) -> None:
    if item.kind == DELIVERY:
        pipeline, _, execution = item.name.partition("/")
        # Abandoned: it would wait for an approval that never comes.
        place.client("codepipeline").stop_pipeline_execution(
            pipelineName=pipeline, pipelineExecutionId=execution, abandon=True, reason="destroy"
        )
    elif item.kind == BUILD:
        place.client("codebuild").stop_build(id=item.name)
    else:
        place.client("sagemaker").stop_pipeline_execution(
            PipelineExecutionArn=item.name, ClientRequestToken=token(item.name)
        )
