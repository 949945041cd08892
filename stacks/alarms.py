"""The alarms of an environment: one record each, from its limits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from environments import monitoring as kinds
from pipeline_schema.step_types import step_type
from pipeline_schema.walking import all_steps
from secure_mlops_constructs.watched_part import HOUR, MOST_FIGURES, AlarmRecord, Figure
from stacks.runbook import MEANINGS, section

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from environments.monitoring import Limit
    from environments.names import ResourceNames
    from pipeline_definitions.built import BuiltPipeline

MILLISECONDS = 1000
FIVE_MINUTES = 300


def pipeline_records(
    names: ResourceNames, pipeline: BuiltPipeline, limits: Mapping[str, Limit]
) -> list[AlarmRecord]:
    """List the alarms of a pipeline."""
    return [
        record
        for kind, limit in limits.items()
        for record in _of_pipeline(names, pipeline, kind, limit)
    ]


def _of_pipeline(
    names: ResourceNames, pipeline: BuiltPipeline, kind: str, limit: Limit
) -> Iterator[AlarmRecord]:
    name = pipeline.name
    own, aws = MEANINGS[kind].metric, MEANINGS[kind].aws
    if aws is None:
        figure = Figure(names.metrics_namespace, own, {"Pipeline": name}, "Maximum")
    else:
        by_service = {aws.dimension: names.pipeline(name)}
        figure = Figure(aws.namespace, aws.name, by_service, aws.statistic)
    if kind == kinds.STEP_SLOW:
        steps = [
            replace(figure, dimensions={**figure.dimensions, "StepName": step})
            for step in steps_of(pipeline.definition)
        ]
        for start in range(0, len(steps), MOST_FIGURES):
            number = f"-{start // MOST_FIGURES + 1}" if start else ""
            yield _record(
                names.alarm(name, f"{kind}{number}"),
                kind,
                name,
                limit,
                tuple(steps[start : start + MOST_FIGURES]),
                threshold=limit.above * MILLISECONDS,
            )
        return
    threshold = 1 if kind == kinds.LATE else limit.above
    yield _record(names.alarm(name, kind), kind, name, limit, (figure,), threshold=threshold)


def platform_record(name: str, kind: str, part: str, limit: Limit, figure: Figure) -> AlarmRecord:
    """Describe an alarm outside pipelines, whose metric is looked at every five minutes."""
    return _record(name, kind, part, limit, (figure,), threshold=limit.above, period=FIVE_MINUTES)


def _record(
    name: str,
    kind: str,
    part: str,
    limit: Limit,
    figures: tuple[Figure, ...],
    *,
    threshold: float,
    period: int = HOUR,
) -> AlarmRecord:
    meaning = MEANINGS[kind]
    return AlarmRecord(
        name=name,
        kind=kind,
        meaning=meaning.text.format(part=part, limit=limit.above, hours=limit.hours),
        runbook=section(meaning.anchor),
        figures=figures,
        limit=threshold,
        periods=limit.hours * HOUR // period,
        period=period,
        absence=kind == kinds.LATE,
    )


def steps_of(definition: Mapping[str, Any]) -> list[str]:
    """Name the steps of a pipeline that take time, in both branches of conditions too."""
    steps = all_steps(definition)
    return [str(step["Name"]) for step in steps if not step_type(step["Type"]).instant]
