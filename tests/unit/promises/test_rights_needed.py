"""Promise 21: each right of a role at run time is needed, or said to be shared."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from iam_prover.policy import Effect
from promises.claims import Allowed
from promises.proving import judge_claims
from promises.work import can_do_its_work
from promises.world import World, worlds_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iam_prover.policy import Policy
    from promises.world import Role

# What the roles of all pipelines share, and that of projects needs once a project scores batches.
_SHARED = {
    ("project-orchestration", "sagemaker:createmodel"),
    ("project-orchestration", "sagemaker:createtransformjob"),
}


def _rights(role: Role) -> Iterator[tuple[str, str]]:
    for policy in role.identity:
        for statement in policy.statements:
            if statement.effect is Effect.ALLOW:
                yield from ((statement.where, each.text) for each in statement.actions.patterns)


def _less(policies: tuple[Policy, ...], action: str, where: str | None) -> tuple[Policy, ...]:
    return tuple(
        replace(
            policy,
            statements=tuple(
                each
                if each.effect is Effect.DENY or where not in {None, each.where}
                else replace(
                    each,
                    actions=replace(
                        each.actions,
                        patterns=tuple(x for x in each.actions.patterns if x.text != action),
                    ),
                )
                for each in policy.statements
            ),
        )
        for policy in policies
    )


def _found(claims: list[Allowed], action: str, where: str | None) -> bool:
    tried = [
        replace(
            claim,
            candidates=tuple(
                (request, replace(held, identity=_less(held.identity, action, where)))
                for request, held in claim.candidates
            ),
        )
        for claim in claims
    ]
    return any(judge_claims([(21, each) for each in tried]))


@pytest.fixture(scope="module")
def worlds(all_environments: Path) -> dict[str, World]:
    return {world.name: world for world in worlds_of([all_environments])}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_not_one_right_of_a_role_can_be_taken_away(worlds: dict[str, World], name: str) -> None:
    world, claims = worlds[name], defaultdict(list)
    for each in can_do_its_work(world):
        if isinstance(each, Allowed):
            request = each.candidates[0][0]
            claims[request.caller.arn, request.action.lower()].append(each)
    rights = [(role, *right) for role in world.roles for right in _rights(role)]
    surplus = {
        (role.name.removeprefix(f"secure-mlops-{name}-"), action)
        for role, where, action in rights
        for asked in [claims[role.arn, action.lower()]]
        # A right that stands twice is none too many.
        if not (_found(asked, action, where) or _found(asked, action, None))
    }
    assert surplus <= _SHARED
    assert len(rights) >= 300
