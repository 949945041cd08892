"""A synthesis, cold and after changes, against a toy CDK application of the same size."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measuring import repeated, row, seconds
from benchmarks.project_copy import CHANGES, ProjectCopy, project_copy
from benchmarks.toy import sizes_of, write_toy

_COLD, _CHANGED, _UNCHANGED, _THREE = 12.0, 6.0, 0.7, 25.0


def run() -> list[dict[str, Any]]:
    """Measure; the baseline of all is `cdk synth` of the toy."""
    from environments import available_environments

    with project_copy() as project, tempfile.TemporaryDirectory(prefix="toy-") as scratch:
        output = Path(scratch) / "cdk.out"
        synth = partial(project.mlops, "synth", "--environment", "dev")
        cold = repeated(synth, project.clear)
        unchanged = repeated(synth)
        toy = ProjectCopy(Path(scratch) / "toy")
        write_toy(toy.root, sizes_of(project.root / "build/cloud-assembly/dev"), project.root)
        floor = repeated(lambda: toy.cdk_synth(output / "toy"))
        rows = [
            row("mlops synth, cold", floor, cold, limit=_COLD),
            row("mlops synth, nothing changed", floor, unchanged, limit=_UNCHANGED),
        ]
        for kind in (each for each in CHANGES if each != "script"):
            after = repeated(synth, partial(project.change, kind))
            rows.append(row(f"mlops synth, one {kind} changed", floor, after, limit=_CHANGED))
        plain = partial(project.cdk_synth, output / "ours")
        cdk_cold = repeated(plain, project.clear)
        cdk_changed = repeated(plain, partial(project.change, "stack"))
        names = ",".join(available_environments(project.root / "environments"))
        project.clear()
        all_cold = seconds(partial(project.mlops, "synth", "--environment", names))
    return [
        *rows,
        row("cdk synth, cold", floor, cdk_cold, limit=_COLD),
        row("cdk synth, one stack changed", floor, cdk_changed, limit=_CHANGED),
        row(f"mlops synth of {names}, cold", floor, all_cold, limit=_THREE),
    ]
