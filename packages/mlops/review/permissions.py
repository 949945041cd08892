"""Gained and lost permissions, each with an example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iam_prover.actions import concerns
from iam_prover.encoding.prover import Prover
from iam_prover.findings import findings as misleading_forms
from iam_prover.reference import changes_something
from mlops.review.findings import Finding, Weight, listed
from mlops.review.naming import title, titles
from mlops.review.permission_diff import ways_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iam_prover.request import Request
    from mlops.review.permission_diff import Way
    from promises.world import World

_ONE_QUESTION = 3.0  # seconds
_WORKERS = 1
_TOLD = 5
# AWS sets these on every request of a principal of ours; they tell a reader nothing.
_USUAL = {"aws:securetransport", "aws:resourceaccount", "aws:principalisawsservice"}


def permission_findings(
    before: World, after: World, time_limit: float = 60.0
) -> tuple[Finding, ...]:
    """Compare what two worlds allow; the rest is unknown when `time_limit` of work is reached."""
    with Prover(_ONE_QUESTION, _WORKERS) as prover:
        ways = ways_of(before, after, prover, time_limit)
    words = _Words(before, after)
    findings = [words.finding(group) for group in _merged([each for each in ways if each.found])]
    findings.sort(key=lambda each: (each.weight is not Weight.WARNING, each.facts["direction"]))
    idle = sorted({action for way in ways for action in way.idle})
    if idle:
        text = (
            "written differently, for resources only that the actions are not about: "
            f"{listed([f'`{each}`' for each in idle], 8)}"
        )
        findings.append(Finding(text, Weight.NOTE, facts={"direction": "idle", "actions": idle}))
    differing = {way.pair.after.subject for way in ways if way.found or way.idle}
    same = sorted({way.pair.after.subject for way in ways} - differing)
    if same:
        names = titles([words.name(each) for each in same])
        text = f"written differently, and proved to let through exactly the same: {names}"
        facts = {"direction": "same", "subjects": same}
        findings.append(Finding(text, Weight.NOTE, facts=facts))
    return (*_forms(before, after), *findings)


def _merged(ways: Sequence[Way]) -> list[list[Way]]:
    """Group what is the same for several roles."""
    groups: dict[tuple[Any, ...], list[Way]] = {}
    for way in ways:
        view = way.pair.after
        itself = view.name if view.service or way.pair.before.policies.documents == () else ""
        key = (way.more, itself, tuple(way.actions), tuple(way.unknown))
        groups.setdefault(key, []).append(way)
    return list(groups.values())


class _Words:
    """Wording of the findings."""

    def __init__(self, before: World, after: World) -> None:
        self._resources = {each.where: each for each in (*before.resources, *after.resources)}
        self._roles = {role.resource.where: role for role in after.roles}
        self._old = {each.where for each in before.resources}

    def name(self, where: str) -> str:
        resource = self._resources.get(where)
        return title(resource) if resource else f"`{where}`"

    def finding(self, group: Sequence[Way]) -> Finding:
        first = group[0]
        whom = titles([self._whom(way) for way in group])
        facts: dict[str, Any] = {
            "direction": "more" if first.more else "no more",
            "subjects": [way.pair.after.name for way in group],
            "actions": first.actions,
            "unknown": first.unknown,
            "examples": [each.as_json() for each in first.examples],
        }
        if not first.actions:
            way = "more" if first.more else "less"
            return Finding(
                f"unknown: whether {whom} {'let' if first.here.service else 'may do'} {way} "
                f"than before ({first.unknown[0]})",
                Weight.WARNING,
                tuple(first.unknown[1:]),
                {**facts, "direction": "unknown"},
            )
        actions = listed([f"`{each}`" for each in first.actions], 6)
        text = f"{whom} {self._verb(first)} {actions}. For example: {_example(first, 0)}"
        details = (
            *(_example(first, index) for index in range(1, min(len(first.examples), _TOLD))),
            *(f"unknown: {each}" for each in first.unknown),
            *(f"by {each}" for each in dict.fromkeys(first.statements)),
        )
        changing = any(changes_something(each) for each in first.actions)
        weight = Weight.WARNING if first.more and (changing or first.unknown) else Weight.CHANGE
        return Finding(text, weight, details, facts)

    def _verb(self, way: Way) -> str:
        if way.pair.after.subject not in self._old:
            return "may"
        if way.here.service:
            return "lets through what it refused:" if way.more else "refuses what it let through:"
        return "may now, and could not before:" if way.more else "may no longer:"

    def _whom(self, way: Way) -> str:
        view = way.pair.after
        name = self.name(view.subject)
        rest = view.name.removeprefix(view.subject)
        if view.subject not in self._old and view.subject in self._roles:
            takers = listed(list(self._roles[view.subject].trusted_services)) or "people"
            return f"the new {name}, assumed by {takers},"
        if rest.startswith(", trust"):
            return f"the trust policy of {name}"
        if " around " in rest:
            return f"{name} around the S3 endpoint"
        return f"{name} through the S3 endpoint" if " through " in rest else name


def _example(way: Way, index: int) -> str:
    """Render a request for people, with the keys it lacks that changed statements test."""
    request = way.examples[index]
    given = {
        key: values
        for key, values in sorted(request.context.items())
        if values and key.lower() not in _USUAL
    }
    parts = [
        f"`{key}` = {listed([f'`{value}`' for value in values], 3)}"
        for key, values in given.items()
    ]
    parts += [f"no `{name}`" for name in _lacking(way, request)]
    context = f", with {listed(parts, 6)}" if parts else ""
    who = request.caller.session_arn or request.caller.arn or "an anonymous caller"
    role = who.partition(":assumed-role/")[2].partition("/")[0]
    return f"`{role or who}` calls `{request.action}` on `{request.resource}`{context}"


def _lacking(way: Way, request: Request) -> list[str]:
    tested = {
        condition.key.lower(): condition.key
        for statement in way.pair.moved
        if concerns(statement.actions, request.action)
        for condition in statement.conditions
    }
    return sorted(
        name for key, name in tested.items() if key not in _USUAL and not request.values(key)
    )


def _forms(before: World, after: World) -> Iterator[Finding]:
    """Warn of misleading forms that the change introduces."""
    known = {
        (each.code, each.message) for policy in before.policies for each in misleading_forms(policy)
    }
    for policy in after.policies:
        for each in misleading_forms(policy):
            if (each.code, each.message) not in known:
                yield Finding(
                    f"a form that misleads, in {each.where}: {each.message}",
                    Weight.WARNING,
                    facts={"direction": "form", "code": each.code, "where": each.where},
                )
