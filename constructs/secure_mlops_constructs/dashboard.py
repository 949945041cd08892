"""A dashboard of rows: a heading in words, then widgets side by side."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from secure_mlops_constructs.watched_part import Figure

# CloudWatch's grid (API Reference, "Dashboard body structure and syntax").
COLUMNS = 24
HEADING, GRAPH = 2, 6
GRAPHS_A_LINE = 3
ALARMS_A_LINE = 4


@dataclass(frozen=True)
class Graph:
    """A graph of some figures over time.

    `limits` are horizontal lines by their names, `period` is the seconds of a point.
    """

    title: str
    figures: Mapping[str, Figure]
    limits: Mapping[str, float] = field(default_factory=dict)
    period: int = 3600
    stacked: bool = False

    def widget(self, region: str) -> dict[str, Any]:
        """Render the graph as a widget of CloudWatch."""
        metrics = [
            [
                figure.namespace,
                figure.name,
                *(text for pair in figure.dimensions.items() for text in pair),
                {"label": label, "stat": figure.statistic},
            ]
            for label, figure in self.figures.items()
        ]
        properties: dict[str, Any] = {
            "title": self.title,
            "region": region,
            "metrics": metrics,
            "period": self.period,
            "view": "timeSeries",
            "stacked": self.stacked,
            "yAxis": {"left": {"min": 0}},
        }
        if self.limits:
            properties["annotations"] = {
                "horizontal": [
                    {"label": label, "value": value} for label, value in self.limits.items()
                ]
            }
        return {"type": "metric", "properties": properties}


@dataclass(frozen=True)
class Row:
    """One part of the platform: a heading in Markdown, its alarms, and graphs, three in a line."""

    heading: str
    graphs: Sequence[Graph]
    alarms: Sequence[str] = ()


class Dashboard(Construct):
    """A CloudWatch dashboard of rows, from top to bottom."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        region: str,
        rows: Sequence[Row],
    ) -> None:
        super().__init__(scope, construct_id)
        body = {"start": "-P14D", "widgets": widgets(rows, region)}
        cloudwatch.CfnDashboard(
            self,
            "Dashboard",
            dashboard_name=name,
            dashboard_body=json.dumps(body, sort_keys=True, separators=(",", ":")),
        )


def widgets(rows: Sequence[Row], region: str) -> list[dict[str, Any]]:
    """Place rows on the grid; no widget overlaps another or leaves the grid."""
    placed: list[dict[str, Any]] = []
    top = 0
    for row in rows:
        heading = {"type": "text", "properties": {"markdown": row.heading}}
        placed.append(_at(heading, 0, top, COLUMNS, HEADING))
        top += HEADING
        if row.alarms:
            states = {"title": "Alarms", "alarms": list(row.alarms)}
            height = 1 + ceil(len(row.alarms) / ALARMS_A_LINE)
            placed.append(_at({"type": "alarm", "properties": states}, 0, top, COLUMNS, height))
            top += height
        for start in range(0, len(row.graphs), GRAPHS_A_LINE):
            line = row.graphs[start : start + GRAPHS_A_LINE]
            width = COLUMNS // len(line)
            placed += [
                _at(graph.widget(region), number * width, top, width, GRAPH)
                for number, graph in enumerate(line)
            ]
            top += GRAPH
    return placed


def _at(widget: dict[str, Any], x: int, y: int, width: int, height: int) -> dict[str, Any]:
    return {**widget, "x": x, "y": y, "width": width, "height": height}
