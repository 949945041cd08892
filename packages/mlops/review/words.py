"""A review for people: as text for a terminal, and as Markdown for a comment."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from mlops.review.findings import Section, Weight, count, listed, plain
from mlops_contract.names import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlops.review.costs import Cost
    from mlops.review.reviewing import EnvironmentReview, Review

MARKER = f"<!-- {PROJECT}:review -->"
_MARKS = {Weight.WARNING: "!", Weight.CHANGE: "-", Weight.NOTE: "."}
_SIGNS = {Weight.WARNING: "⚠️ ", Weight.CHANGE: "", Weight.NOTE: ""}
_CENT = 0.005


def text(review: Review, width: int = 100) -> str:
    """Render a review for a terminal."""
    lines = [f"{review.before} → {review.after}: {_verdict(review)}"]
    lines += _wrapped([*review.notes], "note: ", width)
    for group in _groups(review.environments):
        first = group[0]
        if first.findings:
            lines += ["", _heading(group)]
        for section in first.sections:
            if not section.findings or section.title == "Cost":
                continue
            lines.append(f"  {section.title}")
            for each in section.findings:
                lines += _wrapped([plain(each.text)], f"    {_MARKS[each.weight]} ", width)
                lines += _wrapped([plain(d) for d in each.details], "        ", width)
    if review.changes:
        lines += ["", "  Promises", *_promise_lines(review, width)]
        lines += ["", "  Cost of a month", *_cost_lines(review.environments, width)]
    lines += ["", "  Cost of a month in which nothing happens"]
    standing = [f"{each.name}: {_standing(each.cost)}" for each in review.environments]
    lines += _wrapped(standing, "    - ", width)
    for each in review.tests:
        lines += _wrapped([each.text], f"\n  {_MARKS[each.weight]} ", width)
        lines += _wrapped([plain(line) for line in each.details], "      ", width)
    return "\n".join(lines) + "\n"


def markdown(review: Review, limit: int | None = None) -> str:
    """Render a review as Markdown, cut to `limit` characters: details first, then findings."""
    whole = "\n".join(_markdown(review, details=True, most=None)) + "\n"
    if limit is None or len(whole) <= limit:
        return whole
    for most in (40, 20, 10, 5, 2, 1):
        cut = "\n".join(_markdown(review, details=False, most=most)) + "\n"
        if len(cut) <= limit:
            return cut
    return f"{cut[: limit - 2].rstrip()}…\n"


def _verdict(review: Review) -> str:
    if not review.changes:
        notes = any(each.findings for each in review.environments)
        written = " Some policies are written differently: see below." if notes else ""
        return f"nothing changes in {_of(review.environments)}.{written}"
    warnings = sum(each.warnings for each in review.environments)
    changed = [each for each in review.environments if each.changes]
    return f"{count(warnings, 'warning') if warnings else 'no warnings'}, in {_of(changed)}"


def _of(environments: Sequence[EnvironmentReview]) -> str:
    return listed([each.name for each in environments]) if environments else "no environment"


def _groups(environments: Sequence[EnvironmentReview]) -> list[list[EnvironmentReview]]:
    """Group environments where the change does the same."""
    found: dict[str, list[EnvironmentReview]] = {}
    for each in environments:
        found.setdefault(each.signature(), []).append(each)
    return list(found.values())


def _heading(group: Sequence[EnvironmentReview]) -> str:
    same = f" (the same in each; names are those of {group[0].name})" if len(group) > 1 else ""
    return f"{_of(group)}{same}"


def _markdown(review: Review, *, details: bool, most: int | None) -> Iterator[str]:
    yield MARKER
    yield f"## What this change does: {_verdict(review)}"
    yield ""
    yield f"Compared: {review.before} → {review.after}."
    for note in review.notes:
        yield f"\n> {note}"
    if review.changes:
        yield "\n| environment | warnings | promises | cost a month | if nothing happens |"
        yield "|---|---|---|---|---|"
        yield from (
            f"| {each.name} | {each.warnings} | {_promises(each)} | {_money(each.cost)} | "
            f"{_standing(each.cost)} |"
            for each in review.environments
        )
    else:
        standing = [f"{each.name} {_standing(each.cost)}" for each in review.environments]
        yield f"\nCost of a month in which nothing happens: {'; '.join(standing)}."
    for group in _groups(review.environments):
        first = group[0]
        sections = [each for each in first.sections if each.findings and each.title != "Cost"]
        if not sections:
            continue
        yield f"\n### {_heading(group)}"
        for section in sections:
            yield from _section(section, details=details, most=most)
    if review.changes and details:
        yield from _cost_details(review)
    for each in review.tests:
        yield ""
        yield f"{_SIGNS[each.weight]}{each.text}"
        if details:
            yield from _folded("which", each.details)
    if not details:
        yield "\nShortened: the whole review is among the results of the build."


def _section(section: Section, *, details: bool, most: int | None) -> Iterator[str]:
    yield f"\n**{section.title}**\n"
    notes = [each for each in section.findings if each.weight is Weight.NOTE]
    others = [each for each in section.findings if each.weight is not Weight.NOTE]
    for each in others[:most]:
        yield f"- {_SIGNS[each.weight]}{each.text}"
        if details:
            yield from (f"  {line}" for line in _folded("details", each.details))
    if most is not None and len(others) > most:
        yield f"- and {len(others) - most} more"
    if details and notes:
        yield ""
        yield from _folded(f"{count(len(notes), 'note')}", [each.text for each in notes])
    elif notes and not others:
        yield f"- {count(len(notes), 'note')}"


def _folded(summary: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    items = [f"- {line}" for line in lines]
    return ["<details><summary>" + summary + "</summary>", "", *items, "", "</details>"]


def _promises(each: EnvironmentReview) -> str:
    return each.section("Promises").unchanged or "not compared"


def _money(cost: Cost) -> str:
    return _amounts(cost, cost.before.total, cost.after.total)


def _standing(cost: Cost) -> str:
    return _amounts(cost, cost.before.standing_total, cost.after.standing_total)


def _amounts(cost: Cost, before: float, after: float) -> str:
    if abs(after - before) < _CENT:
        return f"{cost.money(after)}, as before"
    sign = "+" if after > before else "−"  # noqa: RUF001 - a minus among words
    difference = cost.money(abs(after - before))
    return f"{cost.money(before)} → {cost.money(after)} ({sign}{difference})"


def _cost_details(review: Review) -> Iterator[str]:
    lines = [
        f"{each.name}: {finding.text}"
        for each in review.environments
        for finding in each.section("Cost").findings
    ]
    yield ""
    yield from _folded(
        "Cost: what differs, and what it rests on", [*lines, *_basis(review.environments)]
    )


def _basis(environments: Sequence[EnvironmentReview]) -> list[str]:
    return list(dict.fromkeys(line for each in environments for line in each.cost.basis))


def _promise_lines(review: Review, width: int) -> list[str]:
    found: dict[str, list[str]] = {}
    for each in review.environments:
        found.setdefault(_promises(each), []).append(each.name)
    lines = [f"{listed(names)}: {summary}" for summary, names in found.items()]
    return _wrapped(lines, "    - ", width)


def _cost_lines(environments: Sequence[EnvironmentReview], width: int) -> list[str]:
    lines = []
    for each in environments:
        lines += _wrapped([f"{each.name}: {_money(each.cost)}"], "    - ", width)
        rows = [plain(finding.text) for finding in each.section("Cost").findings]
        lines += _wrapped(rows, "        ", width)
    return lines + _wrapped([plain(line) for line in _basis(environments)], "    . ", width)


def _wrapped(lines: Sequence[str], start: str, width: int) -> list[str]:
    indent = " " * len(start.lstrip("\n"))
    return [
        textwrap.fill(
            line, max(width, 40), initial_indent=start, subsequent_indent=indent,
            break_long_words=False, break_on_hyphens=False,
        )
        for line in lines
    ]  # fmt: skip
