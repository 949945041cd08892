"""Promises can be asked of one action or one role, also what has to be allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promises.catalog import PROMISES
from promises.claims import Allowed
from promises.narrowing import narrowed
from promises.world import worlds_of

if TYPE_CHECKING:
    from pathlib import Path

    from promises.claims import Claim

WORK = [each for each in PROMISES if each.number == 21]


def test_what_has_to_be_allowed_is_asked_of_one_action_or_role(all_environments: Path) -> None:
    (world,) = worlds_of([all_environments / "assembly-dev"])

    def asked(action: str | None, who: str | None) -> list[Claim]:
        (promise,) = narrowed(WORK, action, who)
        return [each for each in promise.stated(world) if isinstance(each, Allowed)]

    invoke = asked("lambda:InvokeFunction", None)
    assert invoke
    assert len(invoke) < len([each for each in WORK[0].stated(world) if isinstance(each, Allowed)])
    job = next(each for each in world.roles if each.name.endswith("-training-job"))
    assert asked(None, job.resource.logical_id)
    assert asked("lambda:InvokeFunction", job.resource.logical_id) == []
    assert asked(None, "NoSuchRole") == []
