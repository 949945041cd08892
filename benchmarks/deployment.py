"""Bootstrap and deployment of the platform to an empty local AWS, by the CDK's command line."""

from __future__ import annotations

import json
import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import repeated, row, seconds
from benchmarks.project_copy import ProjectCopy, project_copy

if TYPE_CHECKING:
    from collections.abc import Sequence

_START = 3.0
# What is deployed: the environments, and the longest time.
_CASES = ((("dev",), 120.0), (("dev", "staging", "prod"), 300.0))


def run() -> list[dict[str, Any]]:
    """Measure against the synthesis of the same environments, whose assembly is deployed."""
    with project_copy() as project:
        clear = partial(project.mlops, "local", "reset", "--yes")
        starts = repeated(partial(project.mlops, "local", "start"), clear)
        asked = repeated(partial(project.mlops, "local", "status"))
        clear()
        started = row("start of the local AWS (baseline: its status)", asked, starts, limit=_START)
        return [started, *(_measured(project, names, limit) for names, limit in _CASES)]


def _measured(project: ProjectCopy, names: Sequence[str], limit: float) -> dict[str, Any]:
    assembly = project.root.parent / f"assembly-{len(names)}"
    words = ",".join(names)
    synthesis = seconds(partial(project.cdk_synth, assembly, words))
    spent = seconds(lambda: _deploy(project, assembly, names))
    project.mlops("local", "reset", "--yes")
    return row(f"bootstrap and deployment of {words}", synthesis, spent, limit=limit)


def _deploy(project: ProjectCopy, assembly: Path, names: Sequence[str]) -> None:
    # Elsewhere than in the project: its bootstrap would synthesize again.
    with tempfile.TemporaryDirectory(prefix="mlops-benchmark-") as empty:
        for name in names:
            facts = json.loads(project.mlops("local", "start", "-e", name, "--json"))
            variables = [f"{key}={value}" for key, value in facts["environment"].items()]
            place = f"{facts['account']}/{facts['environment']['AWS_REGION']}"
            _cdk(project, Path(empty), variables, "bootstrap", f"aws://{place}")
        deploy = ("deploy", "--app", str(assembly), "--require-approval", "never", "**")
        _cdk(project, Path(empty), variables, *deploy)
    shutil.rmtree(assembly)


def _cdk(project: ProjectCopy, folder: Path, variables: list[str], *words: str) -> None:
    command = str(project.root / "node_modules" / ".bin" / "cdk")
    place = ("env", "-C", str(folder), "CI=1", *variables)
    project.run(*place, "node", command, *words, "--no-notices")
