"""How many steps, and iterations of steps, may run at the same time."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Slots:
    """Places for what runs: one a processor, of which a step that only waits needs none.

    `most` is the pipeline's own limit, which counts both.
    """

    processors: int
    most: int | None = None
    _working: int = field(default=0, init=False)
    _waiting: int = field(default=0, init=False)
    _changed: Condition = field(default_factory=Condition, init=False)

    def try_take(self, *, waits: bool = False) -> bool:
        """Take a place unless none is free; return whether it was taken."""
        with self._changed:
            limited = self.most is not None and self._working + self._waiting >= self.most
            if limited or (not waits and self._working >= self.processors):
                return False
            self._waiting += waits
            self._working += not waits
            return True

    def give(self, *, waits: bool = False) -> None:
        """Give a place back."""
        with self._changed:
            self._waiting -= waits
            self._working -= not waits
            self._changed.notify_all()

    @contextmanager
    def taken(self, *, waits: bool = False) -> Iterator[None]:
        """Hold a place, once one is free."""
        with self._changed:
            self._changed.wait_for(lambda: self.try_take(waits=waits))
        try:
            yield
        finally:
            self.give(waits=waits)
