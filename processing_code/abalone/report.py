"""The report on the input data, for people, gates and auditors."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from abalone.records import REASONS
from abalone.schema import MEASUREMENTS, SEX, SEXES, TARGET, Columns
from tabular.files import rounded, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from abalone.reading import Reading, SetAside

NAMED_ROWS: Final = 5
"""How many rows a message names for each reason."""
LISTED_ROWS: Final = 1000
"""How many row numbers the report lists for each reason; the CSV beside it has all."""


def write_set_aside(path: Path, rows: list[SetAside]) -> None:
    """List the rows that are not used."""

    def write(beside: Path) -> None:
        with beside.open("w", encoding="utf-8", newline="") as file:
            # Quoted throughout: the text may hold a lone carriage return, which ends a line for a
            # reader of CSV where it is not in quotes.
            writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
            writer.writerow(("row_id", "file", "line", "reason", "detail", "text"))
            writer.writerows(
                (row.row_id, row.file, row.line, row.reason, row.detail, row.text) for row in rows
            )

    write_whole(path, write)


def summarise_set_aside(rows: list[SetAside]) -> str:
    """Summarise the reasons of the rows set aside in one line."""
    parts = []
    for reason, count in Counter(row.reason for row in rows).most_common():
        first = [row for row in rows if row.reason == reason][:NAMED_ROWS]
        where = ", ".join(f"row {row.row_id} ({row.file}:{row.line})" for row in first)
        more = ", ..." if count > len(first) else ""
        parts.append(f"{REASONS[reason]}: {count} ({where}{more})")
    return "; ".join(parts)


def profile(columns: Columns) -> dict[str, Any]:
    """Describe each column of the rows kept.

    For `sex` the count of each level; for `rings` also the count of each value; for numbers
    minimum, mean, standard deviation and maximum.
    """
    described: dict[str, Any] = {
        SEX: {level: int(np.count_nonzero(columns[SEX] == level)) for level in SEXES}
    }
    for name in (*MEASUREMENTS, TARGET):
        values = columns[name]
        described[name] = {
            "minimum": rounded(float(values.min())),
            "mean": rounded(float(values.mean())),
            "standard_deviation": rounded(float(values.std())),
            "maximum": rounded(float(values.max())),
        }
    rings, counts = np.unique(columns[TARGET], return_counts=True)
    described[TARGET]["counts"] = {
        str(value): int(count) for value, count in zip(rings, counts, strict=True)
    }
    return described


def rows_section(reading: Reading) -> dict[str, Any]:
    """Count the rows.

    Every reason is listed, met or not, so that a path into the report never breaks.
    """
    reasons: dict[str, dict[str, Any]] = {
        reason: {"meaning": meaning, "count": 0, "row_ids": []}
        for reason, meaning in REASONS.items()
    }
    for row in reading.set_aside:
        entry = reasons[row.reason]
        entry["count"] += 1
        if len(entry["row_ids"]) < LISTED_ROWS:
            entry["row_ids"].append(row.row_id)
    return {
        "read": reading.read,
        "kept": reading.rows.height,
        "set_aside": len(reading.set_aside),
        "set_aside_share": rounded(len(reading.set_aside) / reading.read),
        "reasons": reasons,
    }
