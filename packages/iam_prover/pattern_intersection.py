"""Texts that several patterns match."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from iam_prover.templates import Variable, Wildcard, split_arn

if TYPE_CHECKING:
    from iam_prover.templates import Template

    Signs = tuple[str, ...]

_MANY, _ONE, _ESCAPE = "*", "?", "\0"
_EXAMPLE = "example"


def text_matching_all(*patterns: Template) -> str | None:
    """Find text that all patterns match, with ``example`` where anything fits.

    None when no text fits, or none was found: of what fits two patterns only the simplest is held
    against the third. A policy variable may stand for anything; a wildcard stays within its segment
    of an ARN, save in the last one (IAM User Guide, "IAM JSON policy elements: Resource").
    """
    segments = [split_arn(each) for each in patterns]
    if any(each is None for each in segments):
        whole = _meet_all(tuple(_signs(each.parts) for each in patterns))
        return None if whole is None else _filled(whole)
    found = []
    for same in zip(*(each for each in segments if each is not None), strict=True):
        met = _meet_all(tuple(_signs(parts) for parts in same))
        if met is None:
            return None
        found.append(_filled(met))
    return ":".join(found)


def _meet_all(patterns: tuple[Signs, ...]) -> Signs | None:
    met: Signs | None = patterns[0]
    for each in patterns[1:]:
        met = None if met is None else _meet(met, each)
    return met


@cache
def _meet(one: Signs, other: Signs) -> Signs | None:
    """Return the simplest pattern of what fits both."""
    start = _literal_run(one, other)
    if start is None:
        return None
    rest = _walk(one[start:], other[start:])
    return None if rest is None else (*one[:start], *rest)


def _literal_run(one: Signs, other: Signs) -> int | None:
    """Count the first signs that are the same letters; None where different ones stand."""
    wild = {_MANY, _ONE}
    for place, (a, b) in enumerate(zip(one, other, strict=False)):
        if a in wild or b in wild:
            return place
        if a != b:
            return None
    return min(len(one), len(other))


def _walk(one: Signs, other: Signs) -> Signs | None:
    """Walk through two patterns from their ends; each step is decided by what follows it."""
    rows, columns = len(one), len(other)
    # Of what is left of both: the first sign that fits, and where to go on.
    steps: dict[tuple[int, int], tuple[str, int, int]] = {(rows, columns): ("", rows, columns)}
    for i in range(rows, -1, -1):
        for j in range(columns, -1, -1):
            for step in _steps(one, other, i, j):
                if step[1:] in steps and (i, j) not in steps:
                    steps[i, j] = step
    place, met = (0, 0), []
    if place not in steps:
        return None
    while place != (rows, columns):
        sign, i, j = steps[place]
        met += [sign] if sign else []
        place = (i, j)
    return tuple(met)


def _steps(one: Signs, other: Signs, i: int, j: int) -> list[tuple[str, int, int]]:
    a = one[i] if i < len(one) else None
    b = other[j] if j < len(other) else None
    if a == _MANY and b == _MANY:
        return [(_MANY, i + 1, j + 1), ("", i + 1, j), ("", i, j + 1)]
    # A wildcard ends as soon as it can: what stays short stays readable.
    if a == _MANY:
        return [("", i + 1, j), *([(b, i, j + 1)] if b else [])]
    if b == _MANY:
        return [("", i, j + 1), *([(a, i + 1, j)] if a else [])]
    if a is None or b is None or (a != b and _ONE not in {a, b}):
        return []
    return [(b if a == _ONE else a, i + 1, j + 1)]


def _signs(parts: tuple[str | Wildcard | Variable, ...]) -> Signs:
    signs: list[str] = []
    for part in parts:
        if isinstance(part, Wildcard):
            signs.append(part.value)
        elif isinstance(part, Variable):
            signs.append(_MANY)
        else:
            signs += [f"{_ESCAPE}{each}" if each in {_MANY, _ONE} else each for each in part]
    return tuple(signs)


def _filled(signs: Signs) -> str:
    said = {_MANY: _EXAMPLE, _ONE: "x"}
    return "".join(said.get(each, each.removeprefix(_ESCAPE)) for each in signs)
