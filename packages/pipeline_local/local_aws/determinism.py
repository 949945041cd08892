"""Repeatable time and randomness.

The state of the local AWS is the sequence of the requests that changed it. Replaying one must
give the same identifiers and the same dates, so each is answered at a recorded `Moment`.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_MICROSECONDS = 1_000_000
_operating_system_chance = os.urandom


@dataclass(frozen=True)
class Moment:
    """The time at which a request was answered, and the seed of its random choices."""

    microseconds: int  # since the epoch, UTC
    seed: int

    @classmethod
    def fresh(cls) -> Moment:
        """Take the present time and a new seed."""
        now = dt.datetime.now(dt.UTC)
        whole = int(now.replace(microsecond=0).timestamp())
        seed = int.from_bytes(_operating_system_chance(8), "big")
        return cls(whole * _MICROSECONDS + now.microsecond, seed)

    @property
    def time(self) -> dt.datetime:
        """The time, aware, UTC."""
        whole, rest = divmod(self.microseconds, _MICROSECONDS)
        moment = dt.datetime.fromtimestamp(whole, dt.UTC)
        return moment.replace(microsecond=rest)


class _Current(threading.local):
    moment: Moment | None = None
    chance: random.Random | None = None


_current = _Current()


def now() -> dt.datetime:
    """Return the time of the request being answered; the real time outside of one."""
    if _current.moment is None:
        return dt.datetime.now(dt.UTC)
    return _current.moment.time


@contextmanager
def at(moment: Moment) -> Iterator[None]:
    """Answer a request at a moment: this thread's clock and random choices come from it."""
    _current.moment = moment
    _current.chance = random.Random(moment.seed)  # noqa: S311 (to be repeated, not to be secret)
    random.seed(moment.seed)
    try:
        yield
    finally:
        _current.moment = None
        _current.chance = None


def _urandom(size: int, /) -> bytes:
    if _current.chance is None:
        return _operating_system_chance(size)
    return _current.chance.randbytes(size)


def install() -> None:
    """Patch moto's time and randomness; call it once, in the server's process only.

    moto draws from ``os.urandom`` (upload ids, key material, uuid4), its own ``mock_random``, the
    ``random`` module, and ``moto.core.utils.utcnow``, whose code is replaced because other modules
    import it by name.
    """
    from moto.core import utils
    from moto.moto_api._internal.moto_random import MotoRandom

    os.urandom = _urandom

    def getrandbits(self: random.Random, bits: int, /) -> int:
        chance = _current.chance
        return chance.getrandbits(bits) if chance else random.Random.getrandbits(self, bits)

    def fraction(self: random.Random) -> float:
        return _current.chance.random() if _current.chance else random.Random.random(self)

    moto_random: Any = MotoRandom
    moto_random.getrandbits = getrandbits
    moto_random.random = fraction
    utcnow: Any = utils.utcnow
    utcnow.__code__ = _naive_now.__code__


def _naive_now() -> dt.datetime:
    """Replace the code of moto's utcnow; it runs with that module's globals."""
    import sys

    recorded: dt.datetime = sys.modules["pipeline_local.local_aws.determinism"].now()
    return recorded.replace(tzinfo=None)
