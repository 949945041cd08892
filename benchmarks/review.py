"""Cost of a review: a widened permission in dev, against its synthesis."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import row, seconds

if TYPE_CHECKING:
    from collections.abc import Callable


def run() -> list[dict[str, Any]]:
    """Measure a change of one role's policy, and of a boundary, which every role has."""
    from mlops.review.reviewing import review
    from mlops.review.snapshots import given_side

    with tempfile.TemporaryDirectory(prefix="review-") as folder:
        output = Path(folder) / "cdk.out"
        baseline = seconds(lambda: _synthesize(output))
        rows = []
        for name, change in (("one role's policy", _one_role), ("a boundary", _boundary)):
            changed = _changed(output, Path(folder) / name.replace(" ", "-"), change)
            before, after = given_side(output), given_side(changed)
            ours = seconds(partial(review, before, after))
            rows.append(row(f"review of {name} (baseline: synthesis)", baseline, ours))
    return rows


def _synthesize(output: Path) -> None:
    """Run the app as the CDK does, without what judges its templates."""
    program = (
        "import runpy, stacks.promises, stacks.rule_packs;"
        "stacks.promises.add_promises = stacks.rule_packs.add_rule_packs = lambda *_: None;"
        "runpy.run_path('app.py', run_name='__main__')"
    )
    project = Path(__file__).resolve().parent.parent
    context = {"CDK_CONTEXT_JSON": json.dumps({"environment": "dev"}), "CDK_OUTDIR": str(output)}
    variables = {**os.environ, **context, "CDK_VALIDATION": "false"}
    command = [sys.executable, "-c", program]
    subprocess.run(command, cwd=project, env=variables, check=True, capture_output=True)


def _changed(output: Path, copy: Path, change: Callable[[str, dict[str, Any]], bool]) -> Path:
    """Copy an assembly without its assets and change some statements."""
    shutil.copytree(output, copy, ignore=shutil.ignore_patterns("asset.*"))
    changed = False
    for file in copy.glob("assembly-dev/*.template.json"):
        template = json.loads(file.read_text())
        for key, body in template["Resources"].items():
            document = body.get("Properties", {}).get("PolicyDocument", {})
            for statement in document.get("Statement", ()):
                changed |= change(key, statement)
        file.write_text(json.dumps(template))
    if not changed:
        raise AssertionError("no template contains such a statement")
    return copy


def _one_role(key: str, statement: dict[str, Any]) -> bool:
    chosen = key.startswith("orchestrationPolicy") and statement.get("Sid") == "RegisterModels"
    if chosen:
        statement["Resource"] = "*"
    return chosen


def _boundary(key: str, statement: dict[str, Any]) -> bool:
    chosen = key.startswith("BoundariesRuntime") and statement.get("Sid") == "OnResources"
    if chosen:
        statement["Action"].remove("s3:DeleteObject")
    return chosen
