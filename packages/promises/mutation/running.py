"""Judge many faults on several processes."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from iam_prover.encoding.prover import Prover
from mlops_common.processes import end_with_parent
from promises.mutation.judging import Judge
from promises.mutation.templates import Copy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from promises.mutation.fault import Fault
    from promises.mutation.judging import Verdict

MOST_PROCESSES = 2
TIMEOUT = 5.0


@dataclass(frozen=True)
class _Share:
    """Work of one process."""

    assembly: Path
    faults: tuple[Fault, ...]


def judge_all(assembly: Path, faults: Sequence[Fault]) -> list[Verdict]:
    """Judge faults."""
    processes = min(MOST_PROCESSES, os.cpu_count() or 1)
    # Every other fault: neighbours are alike, and so the shares take equally long.
    shares = [_Share(assembly, tuple(faults[start::processes])) for start in range(processes)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, initializer=end_with_parent) as pool:
        parts = list(pool.map(_judge_share, shares))
    return [parts[index % processes][index // processes] for index in range(len(faults))]


def _judge_share(share: _Share) -> list[Verdict]:
    return judge_here(share.assembly, share.faults)


def judge_here(assembly: Path, faults: Sequence[Fault]) -> list[Verdict]:
    """Judge faults in this process."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, Prover(TIMEOUT) as prover:
        judge = Judge(Copy(assembly, Path(folder)), prover)
        return [judge.judge(fault) for fault in faults]
