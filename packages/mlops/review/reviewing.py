"""The whole review: environment by environment, section by section."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cloud_assembly.cloud_assembly import CloudAssembly
from environments import own_types
from mlops.prices.price_file import PriceFile, read_assumptions
from mlops.review.checks import acknowledgment_findings, findings_of_tests, rule_findings
from mlops.review.costs import Cost, compare_costs, cost_findings
from mlops.review.deliveries import function_findings
from mlops.review.findings import Finding, Section, Weight
from mlops.review.matching import follow_content, follow_moves
from mlops.review.permissions import permission_findings
from mlops.review.pipelines import pipeline_findings
from mlops.review.promises import promise_findings
from mlops.review.resources import resource_findings
from promises.world import world_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cloud_assembly.stack import Stack
    from mlops.review.snapshots import Side
    from promises.world import World

TIME_LIMIT = 60.0


@dataclass(frozen=True)
class EnvironmentReview:
    """The effect of a change in one environment."""

    name: str
    account: str
    region: str
    presence: str  # "changed", "new" or "gone"
    sections: tuple[Section, ...]
    cost: Cost

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return all findings."""
        return tuple(each for section in self.sections for each in section.findings)

    @property
    def changes(self) -> bool:
        """Return whether anything differs beyond its wording."""
        return any(each.weight is not Weight.NOTE for each in self.findings)

    @property
    def warnings(self) -> int:
        """Return the number of warnings."""
        return sum(each.weight is Weight.WARNING for each in self.findings)

    def section(self, title: str) -> Section:
        """Return the section with a title, an empty one where there is none."""
        return next((s for s in self.sections if s.title == title), Section(title, (), ""))

    def as_json(self) -> dict[str, Any]:
        """Render as a JSON object."""
        return {
            "environment": self.name,
            "account": self.account,
            "region": self.region,
            "presence": self.presence,
            "changes": self.changes,
            "sections": [each.as_json() for each in self.sections],
            "cost": self.cost.as_json(),
        }

    def signature(self) -> str:
        """Render all findings without what tells environments apart."""
        text = "\n".join(
            f"{section.title}: {each.weight} {each.text} {each.details}"
            for section in self.sections
            for each in section.findings
            if section.title != "Cost"
        )
        own = re.compile(rf"(?<![A-Za-z0-9]){re.escape(self.name)}(?![A-Za-z0-9])")
        known = own.sub("(environment)", text)
        return f"{self.presence} {known}".replace(self.account, "0").replace(
            self.region, "(region)"
        )


@dataclass(frozen=True)
class Review:
    """The effect of a change."""

    before: str
    after: str
    environments: tuple[EnvironmentReview, ...]
    tests: tuple[Finding, ...]
    notes: tuple[str, ...]
    seconds: float  # of the comparison, without synthesis

    @property
    def changes(self) -> bool:
        """Return whether anything differs beyond its wording."""
        return any(each.changes for each in self.environments)

    def as_json(self) -> dict[str, Any]:
        """Render as a JSON object."""
        return {
            "before": self.before,
            "after": self.after,
            "changes": self.changes,
            "environments": [each.as_json() for each in self.environments],
            "tests": [each.as_json() for each in self.tests],
            "notes": list(self.notes),
            "seconds": round(self.seconds, 2),
        }


def review(
    before: Side,
    after: Side,
    *,
    junit: Sequence[Path] = (),
    time_limit: float = TIME_LIMIT,
    prices: PriceFile | None = None,
) -> Review:
    """Compare two sides; `time_limit` is of the work on permissions of an environment."""
    started = time.monotonic()
    prices = prices or PriceFile()
    names = [*after.environments, *(n for n in before.environments if n not in after.environments)]
    environments = tuple(
        _environment(name, before, after, time_limit, prices) for name in sorted(names, key=_order)
    )
    tests = findings_of_tests(junit)
    notes = (*before.notes, *after.notes)
    seconds = time.monotonic() - started
    return Review(before.label, after.label, environments, tests, notes, seconds)


def _order(name: str) -> tuple[int, str]:
    known = ["dev", "staging", "prod"]
    return (known.index(name) if name in known else len(known), name)


def _world(name: str, stacks: Sequence[Stack], side: Side) -> World:
    # By today's reasons on both sides: a review shows the change of the templates.
    return replace(world_of(name, stacks, side.allowed_instance_types), own_types=own_types())


def _environment(
    name: str, before: Side, after: Side, time_limit: float, prices: PriceFile
) -> EnvironmentReview:
    assumptions = read_assumptions()
    old, new = (
        CloudAssembly(side.environments[name]).stacks if name in side.environments else ()
        for side in (before, after)
    )
    moved_stacks, moved = follow_moves(old, new)
    same_files, _ = follow_content(old, moved_stacks)
    first = _world(name, old, before) if old else None
    second = _world(name, same_files, after) if new else None
    cost = compare_costs(first, second, prices, assumptions)
    rules = Section("Rules", rule_findings(after.reports, name), "no finding of the rule packs")
    world = second or first
    assert world is not None  # noqa: S101 - the name is of one of the sides
    if first is None or second is None:
        presence = "gone" if second is None else "new"
        sections: tuple[Section, ...] = (_whole(world, presence), rules)
    else:
        presence = "changed"
        promises, summary = promise_findings(first, second)
        code = function_findings(old, moved_stacks)
        acknowledged = acknowledgment_findings(old, moved_stacks)
        sections = (
            Section("Pipelines", pipeline_findings(old, moved_stacks), "no change"),
            Section("Permissions", permission_findings(first, second, time_limit), "no change"),
            Section("Promises", promises, summary),
            Section("Resources", (*resource_findings(first, second, moved), *code), "no change"),
            Section("Cost", cost_findings(cost), "no change"),
            Section("Rules", (*rules.findings, *acknowledged), rules.unchanged),
        )
    return EnvironmentReview(name, world.account, world.region, presence, sections, cost)


def _whole(world: World, presence: str) -> Section:
    """Report an environment that is on one side only."""
    number, pipelines = len(world.resources), len(world.pipelines)
    text = f"the environment is {presence}: {number} resources, {pipelines} pipelines"
    weight = Weight.WARNING if presence == "gone" else Weight.CHANGE
    return Section("Resources", (Finding(text, weight),), "")
