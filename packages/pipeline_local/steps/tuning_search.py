"""Grid, random and Bayesian search.

A proposal depends on seed, number and earlier results only. The Bayesian search is a Gaussian
process that maximizes the expected improvement (Jones, Schonlau, Welch: "Efficient global
optimization of expensive black-box functions", 1998). The service's algorithm is not published.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_local.steps.tuning_ranges import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from pipeline_local.steps.tuning_ranges import Range, Values

    Array = npt.NDArray[np.float64]

_TRIES = 64  # how often a random proposal may repeat an earlier one before it is taken
_FIRST_GUESSES = 3  # random proposals, one more for each hyperparameter, before the model is asked
_CANDIDATES, _NEIGHBOURS, _STEP = 384, 128, 0.1


@dataclass(frozen=True)
class Trial:
    """An earlier trial: its loss, or None while that is not known."""

    values: Values
    loss: float | None = None


def grid(ranges: Sequence[Range]) -> list[Values]:
    """Return every combination of categorical hyperparameters."""
    choices = [item for item in ranges if isinstance(item, Choice)]
    names = [item.name for item in choices]
    combinations = itertools.product(*(item.values for item in choices))
    return [dict(zip(names, combination, strict=True)) for combination in combinations]


def propose(
    strategy: str, ranges: Sequence[Range], trials: Sequence[Trial], number: int, seed: int
) -> Values:
    """Propose the hyperparameters of a trial from all earlier ones, running ones included."""
    if strategy == "Grid":
        return grid(ranges)[number]
    import numpy as np

    random = np.random.default_rng([seed, number])
    known = [trial for trial in trials if trial.loss is not None]
    if strategy == "Random" or len(known) < _FIRST_GUESSES + len(ranges):
        return _random(ranges, trials, random)
    return _most_promising(ranges, trials, random)


def _random(
    ranges: Sequence[Range], trials: Sequence[Trial], random: np.random.Generator
) -> Values:
    tried = [trial.values for trial in trials]
    values: Values = {}
    for _ in range(_TRIES):
        values = _at(ranges, random.random(len(ranges)))
        if values not in tried:
            break
    return values


def _most_promising(
    ranges: Sequence[Range], trials: Sequence[Trial], random: np.random.Generator
) -> Values:
    import numpy as np

    known = [trial for trial in trials if trial.loss is not None]
    losses = np.array([trial.loss for trial in known])
    scale = float(losses.std()) or 1.0
    losses = (losses - losses.mean()) / scale
    places = np.array([_features(ranges, trial.values) for trial in known])
    pending = [trial.values for trial in trials if trial.loss is None]
    if pending:
        # What still runs counts as if it came out as the model expects: no place is asked twice.
        model = _fit(places, losses)
        ahead = np.array([_features(ranges, values) for values in pending])
        expected = model.predict(ahead)
        places, losses = np.vstack([places, ahead]), np.concatenate([losses, expected])
    model = _fit(places, losses)
    candidates = _candidates(ranges, known, random)
    tried = [trial.values for trial in trials]
    fresh = [values for values in candidates if values not in tried] or candidates
    mean, deviation = model.predict(
        np.array([_features(ranges, values) for values in fresh]), return_std=True
    )
    gain = [_improvement(losses.min(), *at) for at in zip(mean, deviation, strict=True)]
    return fresh[int(np.argmax(gain))]


def _candidates(
    ranges: Sequence[Range], known: Sequence[Trial], random: np.random.Generator
) -> list[Values]:
    """Return points from the whole space, and some near the best."""
    import numpy as np

    points = list(random.random((_CANDIDATES, len(ranges))))
    best = min(known, key=lambda trial: trial.loss if trial.loss is not None else math.inf)
    centre = np.array([_place(item, best.values[item.name]) for item in ranges])
    near = centre + random.normal(0, _STEP, (_NEIGHBOURS, len(ranges)))
    points.extend(np.clip(near, 0, 1))
    return [_at(ranges, point) for point in points]


def _fit(places: Array, losses: Array) -> Any:
    import warnings

    from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped]
    from sklearn.gaussian_process import GaussianProcessRegressor  # type: ignore[import-untyped]
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel  # type: ignore[import-untyped]

    kernel = ConstantKernel(1.0) * Matern(0.5, (0.05, 5.0), nu=2.5) + WhiteKernel(1e-3, (1e-6, 1.0))
    model = GaussianProcessRegressor(kernel, random_state=0)
    with warnings.catch_warnings():
        # A length scale at its bound is no trouble: there are few points.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(places, losses)


def _improvement(best: float, mean: float, deviation: float) -> float:
    """Return the expected improvement over the best."""
    if deviation <= 0:
        return max(0.0, best - mean)
    z = (best - mean) / deviation
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    share = (1 + math.erf(z / math.sqrt(2))) / 2
    return deviation * (z * share + density)


def _at(ranges: Sequence[Range], point: Sequence[float] | Array) -> Values:
    return {item.name: item.value_at(float(x)) for item, x in zip(ranges, point, strict=True)}


def _features(ranges: Sequence[Range], values: Values) -> list[float]:
    return [x for item in ranges for x in item.features(values[item.name])]


def _place(item: Range, value: str) -> float:
    if isinstance(item, Choice):
        return (item.values.index(value) + 0.5) / len(item.values)
    return item.features(value)[0]
