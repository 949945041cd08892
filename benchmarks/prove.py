"""The proofs of dev, cold, unchanged and one by one, against its synthesis."""

from __future__ import annotations

import json
import shutil
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import TIMES, repeated, row, seconds
from benchmarks.project_copy import project_copy

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.project_copy import ProjectCopy

_COLD, _UNCHANGED, _ONE = 5.0, 1.0, 1.0
_QUESTIONS = """
import json, pathlib, sys, time
from environments import allowed_instance_types
from iam_prover.encoding.prover import ProverHere
from promises.catalog import PROMISES
from promises.plugin import get_ready
from promises.proving import judge
from promises.world import worlds_of

get_ready()
spent, prover = [], ProverHere()
for world in worlds_of([pathlib.Path(sys.argv[1])], allowed_instance_types):
    for promise in PROMISES:
        for claim in promise.claims(world):
            started = time.perf_counter()
            judge(claim, prover)
            spent.append(time.perf_counter() - started)
print(json.dumps(spent))
"""


def run() -> list[dict[str, Any]]:
    """Measure the command on an assembly that is there; only what proofs cost differs."""
    with project_copy() as project:
        synthesis = seconds(partial(project.mlops, "synth", "--environment", "dev"))
        assembly = project.root.parent / "assembly"
        shutil.copytree(project.root / "build" / "cloud-assembly" / "dev", assembly)
        prove = partial(project.mlops, "prove", str(assembly))
        cold = repeated(prove, project.clear)
        unchanged = repeated(prove)
        slowest = [_slowest(project, assembly) for _ in range(TIMES.get())]
    return [
        row("mlops prove, cold (baseline: synthesis)", synthesis, cold, limit=_COLD),
        row("mlops prove, nothing changed", synthesis, unchanged, limit=_UNCHANGED),
        row("the slowest question of dev", synthesis, slowest, limit=_ONE),
    ]


def _slowest(project: ProjectCopy, assembly: Path) -> float:
    project.clear()
    spent: list[float] = json.loads(project.run(sys.executable, "-c", _QUESTIONS, str(assembly)))
    return max(spent)
