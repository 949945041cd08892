"""Seed faults into a cloud assembly and judge them, on several processes."""

from __future__ import annotations

import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from iam_prover.encoding.prover import Prover
from mlops_common.errors import MlopsError
from mlops_common.processes import end_with_parent
from promises.catalog import PROMISES
from promises.mutation.catalog import all_faults
from promises.mutation.judging import Judge
from promises.mutation.templates import Copy, read_templates
from promises.proving import Verdict, outcomes_of
from promises.world import worlds_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from promises.mutation import judging
    from promises.mutation.fault import Fault
    from promises.world.reading import InstanceTypes
    from promises.world.type_reviews import OwnTypes

PROCESSES = 2
TIMEOUT = 5.0


def judge_all(
    assembly: Path,
    most: int | None,
    instance_types: InstanceTypes,
    own_types: OwnTypes | None = None,
) -> list[tuple[Fault, judging.Verdict]]:
    """Seed faults and judge each; `instance_types` is a module's function, for other processes."""
    faults = all_faults(read_templates(assembly), most)
    _require_proof(assembly, instance_types, own_types)
    # Every other fault: neighbours are alike, and so the shares take equally long.
    shares = [faults[start::PROCESSES] for start in range(PROCESSES)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, context, initializer=end_with_parent) as pool:
        parts = list(pool.map(partial(_judge_here, assembly, instance_types, own_types), shares))
    return [(fault, parts[i % PROCESSES][i // PROCESSES]) for i, fault in enumerate(faults)]


def _require_proof(
    assembly: Path, instance_types: InstanceTypes, own_types: OwnTypes | None
) -> None:
    """Refuse templates of which a promise is broken without any fault: it would catch all."""
    world = worlds_of([assembly], instance_types, own_types=own_types)[0]
    failed = [
        str(each.promise.number)
        for each in outcomes_of(world, PROMISES)
        if each.verdict in {Verdict.BROKEN, Verdict.UNKNOWN}
    ]
    if failed:
        raise MlopsError(
            f"{world.name}: promise {', '.join(failed)} does not hold before any fault is "
            "seeded; `mlops prove` shows why"
        )


def _judge_here(
    assembly: Path,
    instance_types: InstanceTypes,
    own_types: OwnTypes | None,
    faults: Sequence[Fault],
) -> list[judging.Verdict]:
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, Prover(TIMEOUT) as prover:
        judge = Judge(Copy(assembly, Path(folder), instance_types, own_types), prover)
        return [judge.judge(fault) for fault in faults]
