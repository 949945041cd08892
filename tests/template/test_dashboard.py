"""The dashboard: nothing overlaps, every pipeline has a row."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

from environments import monitoring as kinds

if TYPE_CHECKING:
    from tests.template.assembly import Stacks


def _widgets(stacks: Stacks) -> list[dict[str, Any]]:
    (dashboard,) = stacks.properties("AWS::CloudWatch::Dashboard")
    body: list[dict[str, Any]] = json.loads(dashboard["DashboardBody"])["widgets"]
    return body


def test_the_dashboard_fits_its_grid_and_nothing_overlaps(dev: Stacks, prod: Stacks) -> None:
    for stacks in (dev, prod):
        taken: set[tuple[int, int]] = set()
        for each in _widgets(stacks):
            assert 0 <= each["x"] < each["x"] + each["width"] <= 24
            cells = set(
                itertools.product(
                    range(each["x"], each["x"] + each["width"]),
                    range(each["y"], each["y"] + each["height"]),
                )
            )
            assert not cells & taken
            taken |= cells
        # Nor is there a hole between rows.
        assert {y for _, y in taken} == set(range(max(y for _, y in taken) + 1))


def test_the_dashboard_has_a_row_for_each_pipeline_and_shows_its_limits(prod: Stacks) -> None:
    headings = [each["properties"]["markdown"] for each in _widgets(prod) if each["type"] == "text"]
    assert [each.splitlines()[0] for each in headings] == [
        "# secure-mlops-prod",
        "## training",
        "## batch-inference",
        "## platform",
    ]
    shown = {
        (each["properties"]["title"], line["value"])
        for each in _widgets(prod)
        for line in each["properties"].get("annotations", {}).get("horizontal", ())
    }
    limits = kinds.KINDS
    assert ("Distance from the training data", limits["drift"].above) in shown
    assert ("Duration of steps (ms)", 3_600_000) in shown
    states = [each for each in _widgets(prod) if each["type"] == "alarm"]
    named = {arn.rpartition(":")[2] for each in states for arn in each["properties"]["alarms"]}
    types = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
    assert named == {each["AlarmName"] for name in types for each in prod.properties(name)}
