"""Cost of a review: a widened permission in dev, against its synthesis."""

from __future__ import annotations

import json
import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.proofs import seconds, synthesize

if TYPE_CHECKING:
    from collections.abc import Callable


def run() -> list[dict[str, Any]]:
    """Measure a change of one role's policy, and of a boundary, which every role has."""
    from mlops.review.reviewing import review
    from mlops.review.snapshots import given_side

    with tempfile.TemporaryDirectory(prefix="review-") as folder:
        output = Path(folder) / "cdk.out"
        baseline = seconds(lambda: synthesize(output))
        rows = []
        for name, change in (("one role's policy", _one_role), ("a boundary", _boundary)):
            changed = _changed(output, Path(folder) / name.replace(" ", "-"), change)
            before, after = given_side(output), given_side(changed)
            ours = seconds(partial(review, before, after))
            rows.append(
                {
                    "name": f"review of {name} (baseline: synthesis)",
                    "baseline_seconds": baseline,
                    "ours_seconds": ours,
                    "ratio": baseline / ours,
                }
            )
    return rows


def _changed(output: Path, copy: Path, change: Callable[[str, dict[str, Any]], bool]) -> Path:
    """Copy an assembly without its assets and change some statements."""
    shutil.copytree(output, copy, ignore=shutil.ignore_patterns("asset.*"))
    changed = False
    for file in copy.glob("assembly-dev/*.template.json"):
        template = json.loads(file.read_text())
        for key, body in template["Resources"].items():
            for statement in (
                body.get("Properties", {}).get("PolicyDocument", {}).get("Statement", ())
            ):
                changed |= change(key, statement)
        file.write_text(json.dumps(template))
    if not changed:
        raise AssertionError("the templates have no such statement any more")
    return copy


def _one_role(key: str, statement: dict[str, Any]) -> bool:
    chosen = key.startswith("orchestrationPolicy") and statement.get("Sid") == "RunTrainingJobs"
    if chosen:
        statement["Resource"] = statement["Resource"].replace("pipelines-*", "*")
    return chosen


def _boundary(key: str, statement: dict[str, Any]) -> bool:
    chosen = key.startswith("BoundariesRuntime") and statement.get("Sid") == "OnResources"
    if chosen:
        statement["Action"].remove("s3:DeleteObject")
    return chosen
