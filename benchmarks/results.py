"""The results of a run of the benchmarks: a table, a JSON file and a plot."""

from __future__ import annotations

import json
import os
import platform
from typing import TYPE_CHECKING, Any

from mlops_common.files import write_atomically
from mlops_common.times import now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

HEAD = f"{'what':<46} {'baseline':>10} {'ours':>10} {'ratio':>8}  limit"
NUMBERS, PLOT = "results.json", "results.svg"
_INCHES_A_ROW = 0.45


def in_words(row: Mapping[str, Any]) -> str:
    """Return a result as a line of the table."""
    limit = row["limit_seconds"]
    verdict = "kept" if limit is None or row["ours_seconds"] <= limit else "EXCEEDED"
    return (
        f"{row['name']:<46} {row['baseline_seconds']:>8.2f} s {row['ours_seconds']:>8.2f} s"
        f" {row['ratio']:>8.2f}" + ("" if limit is None else f"  {limit:g} s {verdict}")
    )


def write(folder: Path, rows: Sequence[Mapping[str, Any]], load: float) -> None:
    """Write the numbers and the plot; `load` is the machine's before the run."""
    facts = {
        "ended": now(),
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "load_before": load,
        "rows": list(rows),
    }
    write_atomically(folder / NUMBERS, json.dumps(facts, indent=2) + "\n")
    _draw(folder / PLOT, rows)


def _draw(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Draw ours beside the baseline of each result, with its limit, on a logarithmic axis."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 1.2 + _INCHES_A_ROW * len(rows)), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    places = list(range(len(rows)))
    parts = (
        ("baseline", "baseline_seconds", -0.2, "#b8c0cc"),
        ("ours", "ours_seconds", 0.2, "#2f6f9f"),
    )
    for label, key, offset, colour in parts:
        lengths = [each[key] for each in rows]
        axes.barh([at + offset for at in places], lengths, 0.38, label=label, color=colour)
    limits = [(at, each["limit_seconds"]) for at, each in enumerate(rows) if each["limit_seconds"]]
    axes.scatter(
        [limit for _, limit in limits],
        [at + 0.2 for at, _ in limits],
        marker="|", s=160, color="#b3261e", label="limit", zorder=3,
    )  # fmt: skip
    axes.set_yticks(places, [each["name"] for each in rows])
    axes.set_xscale("log")
    axes.set_xlabel("seconds, medians")
    axes.invert_yaxis()
    figure.legend(loc="outside upper right", ncols=3)
    with rc_context({"svg.fonttype": "none"}):  # text as text, not as curves
        figure.savefig(path, metadata={"Date": None})
