"""The figures of a batch that are published, with the violations that the check found."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from tabular.failure import JobError

if TYPE_CHECKING:
    from pathlib import Path

EXCESS: Final = "ModelQualityLimitExcess"
"""How far a figure is worse than registered beyond chance: what the alarm looks at."""
MOST_FEATURES: Final = 50
OTHER_FEATURES: Final = "(others)"


def read_violations(folder: Path) -> list[tuple[str, str]]:
    """Read kind and feature of the data-quality check's violations."""
    file = folder / "constraint_violations.json"
    if not file.is_file():
        return []
    try:
        found = json.loads(file.read_text(encoding="utf-8"))["violations"]
        return [(str(each["constraint_check_type"]), str(each["feature_name"])) for each in found]
    except (ValueError, KeyError, TypeError) as error:
        raise JobError(f"{file} cannot be read: {error!r}") from None


def by_feature(violations: list[tuple[str, str]]) -> dict[str, int]:
    """Count violations by feature, as far as a person looks at them one by one.

    Names and number of surplus columns are the sender's choice; each would be a metric to pay for.
    """
    counts = Counter(name for _, name in violations)
    shown = dict(counts.most_common(MOST_FEATURES))
    rest = counts.total() - sum(shown.values())
    return dict(sorted(shown.items())) | ({OTHER_FEATURES: rest} if rest else {})


def figures_of(
    rows: dict[str, Any], violations: list[tuple[str, str]], drift: dict[str, float]
) -> dict[str, Any]:
    """Collect the figures to publish."""
    return {
        "RowsIn": rows["read"],
        "RowsScored": rows["good"],
        "RowsSetAside": rows["set_aside"],
        "Violations": len(violations),
        "ViolationsByKind": dict(sorted(Counter(kind for kind, _ in violations).items())),
        "ViolationsByFeature": by_feature(violations),
        "DriftDistance": max(drift.values(), default=0.0),
        "DriftDistanceByFeature": drift,
    }


def read_quality_violations(folder: Path) -> int:
    """Count the violations of a model-quality check."""
    file = folder / "constraint_violations.json"
    return len(json.loads(file.read_text(encoding="utf-8"))["violations"]) if file.is_file() else 0


def read_figure(path: Path, *keys: str) -> float:
    """Read one number of a JSON file."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        for key in keys:
            found = found[key]
        return float(found)
    except (OSError, ValueError, KeyError, TypeError):
        raise JobError(f"{path} has no number {'.'.join(keys)}") from None
