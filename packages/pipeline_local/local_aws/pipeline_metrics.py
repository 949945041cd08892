"""CloudWatch's metrics of pipelines and their steps, from the runs of executions.

Source: SageMaker AI developer guide, "Amazon SageMaker AI metrics in Amazon CloudWatch", SageMaker
pipelines metrics.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.executions import execution_of
from pipeline_local.runs.run_state import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.local_aws.executions import Executions
    from pipeline_local.runs.run_state import RunState, StepState

NAMESPACE = "AWS/Sagemaker/ModelBuildingPipeline"
_ENDS = (Status.SUCCEEDED, Status.FAILED, Status.STOPPED)
_watched: list[Executions] = []  # of the one server of this process


def watch(executions: Executions) -> None:
    """Read the runs of these executions from now on."""
    _watched[:] = [executions]


def data_points(account: str, region: str) -> Iterator[Any]:
    """Yield the data points of all executions of an account and region, as moto keeps them."""
    from moto.sagemaker.models import sagemaker_backends

    backend: Any = sagemaker_backends[account][region]
    for executions in _watched:
        for pipeline in backend.pipelines.values():
            for stored in pipeline.pipeline_executions.values():
                run = executions.run_of(execution_of(stored, account, region))
                if run is not None:
                    yield from _of_run(pipeline.pipeline_name, run)


def _of_run(pipeline: str, run: RunState) -> Iterator[Any]:
    by = {"PipelineName": pipeline}
    yield from _of_part("Execution", by, run)
    for name, step in run.steps.items():
        if step.started and not step.reused_from:
            yield from _of_part("Step", {**by, "StepName": name}, step)


def _of_part(kind: str, by: dict[str, str], part: RunState | StepState) -> Iterator[Any]:
    yield _point(f"{kind}Started", by, part.started, 1, "Count")
    if part.ended and part.status in _ENDS:
        yield _point(f"{kind}{part.status}", by, part.ended, 1, "Count")
        milliseconds = 1000 * (part.seconds or 0)
        yield _point(f"{kind}Duration", by, part.ended, milliseconds, "Milliseconds")


def _point(name: str, by: dict[str, str], time: str | None, value: float, unit: str) -> Any:
    from moto.cloudwatch.models import MetricDatum

    dimensions = [{"Name": key, "Value": each} for key, each in by.items()]
    moment = datetime.fromisoformat(time or "").astimezone(UTC).replace(tzinfo=None)  # as moto's
    return MetricDatum(NAMESPACE, name, value, dimensions, moment, unit)
