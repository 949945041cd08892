"""What breaks promises, for tests to which one breach is enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.encoding.prover import Prover
from promises.claims import Never
from promises.proving import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from promises.claims import Promise
    from promises.proving import Breach
    from promises.world import World

# Seconds for each question: what is answered at once comes first.
_TURNS = (1.0, 20.0)


def breaches(worlds: Iterable[World], *promises: Promise) -> Iterator[Breach]:
    """Yield one breach of each broken claim, as it is found.

    `promises.proving.outcomes_of` judges all claims, and looks for ten ways to break each.
    """
    claims = [claim for world in worlds for each in promises for claim in each.claims(world)]
    claims.sort(key=lambda claim: isinstance(claim, Never))  # the others need no solver
    for limit in _TURNS:
        with Prover(limit) as prover:
            for claim in claims:
                found = judge(claim, prover)
                if found is not None and found.verdict is Verdict.BROKEN:
                    yield found
