"""Cost of the proofs: all promises on dev's templates, against its synthesis."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def run() -> list[dict[str, Any]]:
    """Measure; the baseline is a synthesis without rule packs and proofs."""
    from environments import allowed_instance_types
    from promises.catalog import PROMISES
    from promises.proving import outcomes_of
    from promises.world import worlds_of

    with tempfile.TemporaryDirectory(prefix="proofs-") as folder:
        output = Path(folder) / "cdk.out"
        baseline = seconds(lambda: synthesize(output))
        ours = seconds(
            lambda: [
                outcomes_of(world, PROMISES)
                for world in worlds_of([output / "assembly-dev"], allowed_instance_types)
            ]
        )
    return [
        {
            "name": "all promises on dev (baseline: its synthesis)",
            "baseline_seconds": baseline,
            "ours_seconds": ours,
            "ratio": baseline / ours,
        }
    ]


def synthesize(output: Path) -> None:
    """Run the app as the CDK does, without what judges its templates."""
    import json
    import os
    import subprocess

    program = (
        "import runpy, stacks.promises, stacks.rule_packs;"
        "stacks.promises.add_promises = stacks.rule_packs.add_rule_packs = lambda *_: None;"
        "runpy.run_path('app.py', run_name='__main__')"
    )
    project = Path(__file__).resolve().parent.parent
    environment = {
        **os.environ,
        "CDK_CONTEXT_JSON": json.dumps({"environment": "dev"}),
        "CDK_OUTDIR": str(output),
        "CDK_VALIDATION": "false",
    }
    subprocess.run(
        [sys.executable, "-c", program],
        cwd=project,
        env=environment,
        check=True,
        capture_output=True,
    )


def seconds(work: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
