"""What several promises ask of the same world, worked out once."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from promises.world.model import World

Value = TypeVar("Value")


def once_a_world(work: Callable[[World], Value]) -> Callable[[World], Value]:
    """Work something out once for each world."""

    @wraps(work)
    def kept(world: World) -> Value:
        if work not in world.worked_out:
            world.worked_out[work] = work(world)
        found: Value = world.worked_out[work]
        return found

    return kept
