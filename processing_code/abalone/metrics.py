"""Metrics of predictions, and their uncertainty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tabular.files import rounded

if TYPE_CHECKING:
    from abalone.schema import FloatArray

RESAMPLES: Final = 200
BOOTSTRAP_SEED: Final = 20_140
Figures = dict[str, dict[str, float]]


def mean_squared_error(rings: FloatArray, predictions: FloatArray) -> float:
    """Return the mean squared error."""
    return float(np.mean((predictions - rings) ** 2))


def _figures(rings: FloatArray, errors: FloatArray) -> dict[str, float]:
    mse = float(np.mean(errors**2))
    variance = float(np.var(rings))
    return {
        "mse": mse,
        "rmse": mse**0.5,
        "mae": float(np.mean(np.abs(errors))),
        # All rings equal: nothing to explain, so nothing is explained.
        "r2": 1 - mse / variance if variance else 0.0,
    }


def regression_metrics(rings: FloatArray, predictions: FloatArray) -> Figures:
    """Return SageMaker's regression metrics with the deviations of a seeded bootstrap.

    The form is that of the SageMaker developer guide, "Model Quality Metrics and Amazon CloudWatch
    Monitoring".
    """
    rings = rings.astype(np.float64)
    errors = predictions.astype(np.float64) - rings
    generator = np.random.default_rng(BOOTSTRAP_SEED)
    resampled: dict[str, list[float]] = {name: [] for name in ("mse", "rmse", "mae", "r2")}
    for _ in range(RESAMPLES):
        chosen = generator.integers(0, len(rings), len(rings))
        for name, value in _figures(rings[chosen], errors[chosen]).items():
            resampled[name].append(value)
    return {
        name: {
            "value": rounded(value),
            "standard_deviation": rounded(float(np.std(resampled[name]))),
        }
        for name, value in _figures(rings, errors).items()
    }
