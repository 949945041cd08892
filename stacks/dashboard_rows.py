"""The rows of the dashboard: one a pipeline, then the platform's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environments import monitoring as kinds
from secure_mlops_constructs.dashboard import Graph, Row
from secure_mlops_constructs.watched_part import Figure
from stacks import runbook
from stacks.alarms import FIVE_MINUTES, MILLISECONDS, steps_of
from stacks.runbook import MEANINGS, PIPELINES, section

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from environments.names import ResourceNames
    from environments.settings import EnvironmentSettings
    from pipeline_definitions.built import BuiltPipeline
    from secure_mlops_constructs.watched_part import AlarmRecord
    from stacks.base import EnvironmentStack

DAY = 86400


def dashboard_rows(
    stack: EnvironmentStack,
    pipelines: Sequence[BuiltPipeline],
    by_pipeline: Mapping[str, Sequence[AlarmRecord]],
    platform: Sequence[AlarmRecord],
) -> list[Row]:
    """Arrange the rows of the dashboard."""
    names, settings = stack.names, stack.settings

    def arn(name: str) -> str:
        here = f"{settings.region}:{settings.account}"
        return f"arn:{stack.partition}:cloudwatch:{here}:alarm:{name}"

    parts = [*by_pipeline, kinds.PLATFORM]
    first = Row(
        f"# {names.prefix}\nEverything that needs a person is red here first. How to read this"
        f" page: {section('reading-the-dashboard')}",
        graphs=(),
        alarms=[arn(names.alarm(part)) for part in parts],
    )
    rows = [
        Row(
            f"## {pipeline.name}\n{pipeline.description.splitlines()[0]}"
            f" Something is red: {section(runbook.PIPELINE)}",
            graphs=list(_of_pipeline(names, stack.projects.limits(pipeline.name), pipeline)),
            alarms=[arn(record.name) for record in by_pipeline[pipeline.name]],
        )
        for pipeline in pipelines
    ]
    last = Row(
        "## platform\nWhat the perimeter refused, builds, and what could not be handled."
        f" Something is red: {section(runbook.PLATFORM)}",
        graphs=list(_of_platform(names, settings, platform)),
        alarms=[arn(record.name) for record in platform],
    )
    return [first, *rows, last]


def _of_pipeline(
    names: ResourceNames, limits: Mapping[str, kinds.Limit], pipeline: BuiltPipeline
) -> Iterator[Graph]:
    service = {"PipelineName": names.pipeline(pipeline.name)}
    yield Graph(
        "Runs a day",
        {
            word: Figure(PIPELINES, f"Execution{word.title()}", service, "Sum")
            for word in ("succeeded", "failed", "stopped")
        },
        period=DAY,
        stacked=True,
    )
    slow = limits.get(kinds.STEP_SLOW)
    yield Graph(
        "Duration of steps (ms)",
        {
            step: Figure(PIPELINES, "StepDuration", {**service, "StepName": step}, "Maximum")
            for step in steps_of(pipeline.definition)
        },
        limits={"too slow": slow.above * MILLISECONDS} if slow else {},
    )
    yield Graph(
        "Duration of runs (ms)",
        {"a run": Figure(PIPELINES, "ExecutionDuration", service, "Maximum")},
    )
    yield from _own_figures(names, pipeline.name, limits)


def _own_figures(
    names: ResourceNames, pipeline: str, limits: Mapping[str, kinds.Limit]
) -> Iterator[Graph]:
    """Yield the graphs of metrics that pipelines publish, where an alarm watches them."""
    space, dimensions = names.metrics_namespace, {"Pipeline": pipeline}

    def figure(name: str, statistic: str = "Maximum") -> Figure:
        return Figure(space, name, dimensions, statistic)

    if kinds.DRIFT in limits or kinds.VIOLATIONS in limits:
        yield Graph(
            "Rows",
            {
                "came in": figure("RowsIn", "Sum"),
                "scored": figure("RowsScored", "Sum"),
                "set aside": figure("RowsSetAside", "Sum"),
            },
        )
    for kind, meaning in MEANINGS.items():
        metric, title = meaning.metric, meaning.graph
        if kind in limits and metric:
            yield Graph(title, {metric: figure(metric)}, limits={"alarm above": limits[kind].above})
    if kinds.DRIFT in limits or kinds.VIOLATIONS in limits:
        yield Graph("Estimated cost of runs (USD)", {"a run": figure("EstimatedCost", "Sum")})
    if kinds.QUALITY in limits:
        yield Graph("Error of past predictions (MSE)", {"MSE": figure("ModelQualityMse")})


def _of_platform(
    names: ResourceNames, settings: EnvironmentSettings, records: Sequence[AlarmRecord]
) -> Iterator[Graph]:
    limits = settings.monitoring.limits(kinds.PLATFORM)
    for kind, meaning in MEANINGS.items():
        figures = {
            _label(record, names.prefix): record.figures[0]
            for record in records
            if record.kind == kind
        }
        if figures:
            yield Graph(
                meaning.graph,
                figures,
                limits={"alarm above": limits[kind].above},
                period=FIVE_MINUTES,
            )


def _label(record: AlarmRecord, prefix: str) -> str:
    """Name a figure by its only dimension, or by its metric."""
    (figure,) = record.figures
    return next(iter(figure.dimensions.values()), figure.name).removeprefix(f"{prefix}-")
