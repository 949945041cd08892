from __future__ import annotations

import numpy as np
import pytest

from abalone.metrics import regression_metrics


def test_metrics_are_right() -> None:
    rings = np.array([1.0, 2.0, 3.0, 6.0])
    found = regression_metrics(rings, rings + np.array([1.0, -1.0, 1.0, 3.0]))
    assert {name: figures["value"] for name, figures in found.items()} == {
        "mse": 3.0,
        "rmse": pytest.approx(3**0.5),
        "mae": 1.5,
        "r2": pytest.approx(1 - 3 / 3.5),
    }


def test_the_standard_deviation_is_that_of_the_mean() -> None:
    generator = np.random.default_rng(0)
    rings, errors = generator.normal(10, 3, 3000), generator.normal(0, 2, 3000)
    found = regression_metrics(rings, rings + errors)
    expected = (errors**2).std() / 3000**0.5
    assert found["mse"]["standard_deviation"] == pytest.approx(expected, rel=0.2)


def test_rings_that_are_all_equal_break_nothing() -> None:
    found = regression_metrics(np.full(5, 9.0), np.full(5, 8.0))
    assert found["r2"]["value"] == 0.0
