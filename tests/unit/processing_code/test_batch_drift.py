"""What changes in a batch is raised as the kind that Model Monitor's documentation names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from abalone.schema import FEATURES
from tests.unit.processing_code.batch_run import BatchRun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Row = dict[str, str]

NAMES = list(FEATURES)


@pytest.fixture
def batch(after_training: Path) -> BatchRun:
    return BatchRun(after_training)


def _rows(records: list[str], seed: int = 0) -> list[Row]:
    """Rows of the training file drawn anew, as another night's batch would be."""
    chosen = np.random.default_rng(seed).choice(len(records), 400)
    return [dict(zip(NAMES, records[n].split(",")[:8], strict=True)) for n in chosen]


def _deliver(batch: BatchRun, rows: list[Row]) -> None:
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    batch.deliver("\n".join(lines) + "\n")


def _shift(rows: list[Row]) -> list[Row]:
    return [{**row, "length": repr(float(row["length"]) * 1.3)} for row in rows]


def _drop(rows: list[Row]) -> list[Row]:
    return [{name: value for name, value in row.items() if name != "height"} for row in rows]


CHANGES: dict[str, tuple[Callable[[list[Row]], list[Row]], tuple[str, str]]] = {
    "shifted": (_shift, ("baseline_drift_check", "length")),
    "extra column": (
        lambda rows: [{**row, "farm": "north"} for row in rows],
        ("extra_column_check", "farm"),
    ),
    "new category": (
        lambda rows: [{**row, "sex": "X"} if n % 9 == 0 else row for n, row in enumerate(rows)],
        ("categorical_values_check", "sex"),
    ),
    "type change": (
        lambda rows: [
            {**row, "height": f"{row['height']} mm"} if n % 5 == 0 else row
            for n, row in enumerate(rows)
        ],
        ("data_type_check", "height"),
    ),
    "empty values": (
        lambda rows: [{**row, "length": ""} if n % 5 == 0 else row for n, row in enumerate(rows)],
        ("completeness_check", "length"),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_raised_and_published(batch: BatchRun, records: list[str], change: str) -> None:
    alter, (kind, feature) = CHANGES[change]
    _deliver(batch, alter(_rows(records)))
    report = batch.run()
    found = batch.check()
    assert (kind, feature) in found
    figures = report["figures"]
    assert figures["Violations"] == len(found)
    assert figures["ViolationsByKind"][kind] >= 1
    assert figures["ViolationsByFeature"][feature] >= 1
    # No row is lost over it.
    assert figures["RowsIn"] == figures["RowsScored"] + figures["RowsSetAside"] == 400


def test_a_batch_without_a_column_is_not_scored(
    batch: BatchRun, records: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _deliver(batch, _drop(_rows(records)))
    assert batch.preprocess() == 1
    assert "400 of 400 rows (100.00%) cannot be scored" in (said := capsys.readouterr().err)
    assert "there is no column height" in said


def test_drift_is_measured_also_where_it_violates_nothing(
    batch: BatchRun, records: list[str]
) -> None:
    _deliver(batch, _rows(records))
    calm = batch.run()["figures"]
    assert calm["Violations"] == 0
    assert set(calm["DriftDistanceByFeature"]) == set(FEATURES)
    assert calm["DriftDistance"] == max(calm["DriftDistanceByFeature"].values()) < 0.15
    _deliver(batch, _shift(_rows(records)))
    shifted = batch.run()["figures"]
    assert shifted["DriftDistanceByFeature"]["length"] > 0.3
    assert shifted["DriftDistanceByFeature"]["height"] == calm["DriftDistanceByFeature"]["height"]


@pytest.mark.parametrize("draws", [10, pytest.param(100, marks=pytest.mark.slow)])
def test_unshifted_resamples_raise_nothing(batch: BatchRun, records: list[str], draws: int) -> None:
    quiet = 0
    for seed in range(draws):
        _deliver(batch, _rows(records, seed))
        assert batch.preprocess() == 0
        quiet += not batch.check()
    assert quiet >= 0.95 * draws
