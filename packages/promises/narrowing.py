"""Promises asked for one action, or for one role."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from iam_prover.principals import CallerKind, role
from iam_prover.question import any_session
from iam_prover.reference import actions_of
from mlops_common.errors import MlopsError
from promises.claims import Allowed, Never, Promise, Undecided

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iam_prover.question import CallerPattern
    from promises.claims import Claim
    from promises.world import World


def narrowed(promises: Sequence[Promise], action: str | None, who: str | None) -> list[Promise]:
    """Return promises that ask about one action, or the role of one logical id, or both.

    What is no question of requests is left out, but for what is undecided.
    """
    if action is not None and not _is_known(action):
        raise MlopsError(f"--action {action}: the service reference has no such action")

    def of(promise: Promise) -> Promise:
        def stated(world: World) -> Iterator[Claim]:
            arns = {each.arn for each in world.roles if each.resource.logical_id == who}
            arn, is_here = next(iter(arns), None), who is None or bool(arns)
            for claim in promise.stated(world):
                if isinstance(claim, Undecided):
                    yield claim
                elif is_here and isinstance(claim, Never):
                    yield from _narrowed(claim, action, arn)
                elif is_here and isinstance(claim, Allowed) and _is_about(claim, action, arn):
                    yield claim

        return replace(promise, stated=stated, absent="none of its questions is about that")

    return [of(each) for each in promises]


def require_role(worlds: Sequence[World], who: str) -> None:
    """Refuse a logical id that no template has a role of."""
    roles = {
        each.resource.logical_id for world in worlds for case in world.cases for each in case.roles
    }
    if who not in roles:
        known = ", ".join(sorted(roles)) or "none"
        raise MlopsError(f"--role {who}: no template has such a role; there are: {known}")


def _narrowed(claim: Never, action: str | None, arn: str | None) -> Iterator[Never]:
    requests = claim.question.requests
    if action is not None:
        actions = tuple(each for each in requests.actions if each.lower() == action.lower())
        requests = replace(requests, actions=actions)
    if arn is not None:
        found = [each for each in requests.callers if _covers(each, arn)]
        callers = [each if each.exactly else any_session(arn) for each in found]
        requests = replace(requests, callers=tuple(dict.fromkeys(callers)))
    if requests.actions and requests.callers:
        yield replace(claim, question=replace(claim.question, requests=requests))


def _is_about(claim: Allowed, action: str | None, arn: str | None) -> bool:
    return any(
        (action is None or request.action.lower() == action.lower())
        and (arn is None or request.caller.arn == arn)
        for request, _ in claim.candidates
    )


def _covers(pattern: CallerPattern, arn: str) -> bool:
    if pattern.exactly is not None:
        return pattern.exactly.arn == arn
    return pattern.kind is CallerKind.ROLE and pattern.admits(role(arn))


def _is_known(action: str) -> bool:
    service = action.partition(":")[0]
    return action.lower() in {each.name.lower() for each in actions_of(service.lower())}
