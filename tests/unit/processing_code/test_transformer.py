from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from abalone.transformer import Transformer
from mlops.data.generate import draw
from tabular.failure import JobError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from abalone.schema import Columns


@pytest.fixture(scope="module")
def columns() -> Columns:
    return dict(draw(200, seed=3))


def test_the_matrix_is_float32_finite_and_named(columns: Columns) -> None:
    fitted = Transformer.fit(columns)
    matrix = fitted.transform(columns)
    assert matrix.dtype == np.float32
    assert matrix.shape == (200, len(fitted.feature_names))
    assert np.isfinite(matrix).all()
    assert len(set(fitted.feature_names)) == len(fitted.feature_names)
    by_name = dict(zip(fitted.feature_names, matrix.T, strict=True))
    assert by_name["sex_I"].tolist() == (columns["sex"] == "I").astype(float).tolist()
    assert by_name["length"] == pytest.approx(columns["length"])
    expected = np.log(columns["shell_weight"] / columns["shucked_weight"])
    assert by_name["log_shell_to_shucked"] == pytest.approx(expected, rel=1e-6)


def test_scoring_never_refits(columns: Columns) -> None:
    """One row must get the same features alone as among others."""
    fitted = Transformer.fit(columns)
    one = {name: values[7:8] for name, values in columns.items()}
    assert np.array_equal(fitted.transform(one), fitted.transform(columns)[7:8])


def test_values_outside_training_are_moved_to_the_bound(columns: Columns) -> None:
    fitted = Transformer.fit(columns)
    wild = {name: values[:1].copy() for name, values in columns.items()}
    wild["height"][0] = 1000.0
    edge = {**wild, "height": np.array([fitted.bounds["height"][1]])}
    assert np.array_equal(fitted.transform(wild), fitted.transform(edge))


def test_a_sex_not_met_in_training_has_no_indicator(columns: Columns) -> None:
    adults = {name: values[columns["sex"] != "I"] for name, values in columns.items()}
    fitted = Transformer.fit(adults)
    assert fitted.levels == ("F", "M")
    infants = {name: values[columns["sex"] == "I"] for name, values in columns.items()}
    assert not fitted.transform(infants)[:, :2].any()


def test_the_file_gives_back_the_same_transformer(columns: Columns, tmp_path: Path) -> None:
    fitted = Transformer.fit(columns)
    fitted.save(tmp_path / "transformer.json")
    assert Transformer.load(tmp_path / "transformer.json") == fitted


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda d: d.update(version=99), "has version 99"),
        (lambda d: d.update(format="x"), "is not a fitted transformer"),
        (lambda d: d["features"].append("log_magic"), "cannot make: .*log_magic"),
        (lambda d: d["bounds"].pop("height"), "is incomplete"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(
    columns: Columns, tmp_path: Path, spoil: Callable[[dict[str, Any]], object], says: str
) -> None:
    document = Transformer.fit(columns).to_document()
    spoil(document)
    (tmp_path / "t.json").write_text(json.dumps(document))
    with pytest.raises(JobError, match=says):
        Transformer.load(tmp_path / "t.json")


def test_a_missing_or_broken_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="cannot read the fitted transformer"):
        Transformer.load(tmp_path / "t.json")
    (tmp_path / "t.json").write_text("{")
    with pytest.raises(JobError, match="cannot read the fitted transformer"):
        Transformer.load(tmp_path / "t.json")
