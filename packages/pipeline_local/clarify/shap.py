"""Shapley values: Kernel SHAP for any model, TreeSHAP for the trees of XGBoost.

Kernel SHAP (Lundberg and Lee: "A unified approach to interpreting model predictions", 2017): the
features of a record are replaced by those of the baseline, coalition by coalition; a weighted
linear fit, whose values add up to what is explained, gives the attributions. With every coalition
they are exact.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[np.float64]

# Default of `num_samples`: 2 for each feature, and these.
_USUAL = 254


def kernel_shap(
    table: pd.DataFrame,
    baseline: pd.DataFrame,
    score: Callable[[pd.DataFrame], Array],
    num_samples: int | None,
    seed: int,
) -> tuple[Array, Array]:
    """Explain every record by Kernel SHAP; the baseline's records stand for "not known"."""
    import numpy as np
    import pandas as pd

    width = table.shape[1]
    masks, weights = _coalitions(width, num_samples or 2 * width + _USUAL, seed)
    expected = score(baseline).mean(axis=0)
    full = score(table)
    values = np.zeros((len(table), width, full.shape[1]))
    behind = baseline.to_numpy(dtype=object)
    columns = table.to_numpy(dtype=object)
    step = max(1, 200_000 // max(1, len(masks) * len(behind)))
    for start in range(0, len(table), step) if len(masks) else ():
        rows = columns[start : start + step]
        # record x coalition x baseline row, each a whole record
        mixed = np.where(masks[None, :, None, :], rows[:, None, None, :], behind[None, None, :, :])
        asked = pd.DataFrame(mixed.reshape(-1, width), columns=table.columns)
        # Not the table's own types: a baseline of 0.5 is not an integer.
        got = score(asked.infer_objects())
        shape = (len(rows), len(masks), len(behind), got.shape[1])
        mean = got.reshape(shape).mean(axis=2)
        for place in range(len(rows)):
            at = start + place
            values[at] = _fit(masks, weights, mean[place] - expected, full[at] - expected)
    if not len(masks):  # one feature: all of it is its own
        values[:, 0, :] = full - expected
    return values, expected


def tree_shap(booster: Any, table: pd.DataFrame) -> tuple[Array, Array]:
    """Explain every record by the trees' own statistics, in the units of the margin."""
    import numpy as np
    import xgboost

    best = booster.attr("best_iteration")
    matrix = xgboost.DMatrix(table.to_numpy(dtype="float32"))
    found = booster.predict(
        matrix,
        pred_contribs=True,
        validate_features=False,
        iteration_range=(0, int(best) + 1 if best else 0),
    )
    found = np.asarray(found, dtype=float)
    if found.ndim == 2:  # noqa: PLR2004 - record x feature: one class
        found = found[:, None, :]
    return np.swapaxes(found[:, :, :-1], 1, 2), found[0, :, -1]


def _coalitions(width: int, samples: int, seed: int) -> tuple[npt.NDArray[np.bool_], Array]:
    """Return coalitions, neither empty nor complete, and their weights."""
    import numpy as np

    if 2**width - 2 <= samples:
        masks = np.array(list(itertools.product([False, True], repeat=width)), dtype=bool)[1:-1]
        masks = masks.reshape(-1, width)
        sizes = masks.sum(axis=1)
        kernel = [(width - 1) / (math.comb(width, k) * k * (width - k)) for k in sizes.tolist()]
        return masks, np.array(kernel)
    random = np.random.default_rng(seed)
    # Drawn with the kernel's weight for their size, each with its complement: then all weigh 1.
    share = np.array([1 / (k * (width - k)) for k in range(1, width)])
    half = max(1, samples // 2)
    sizes = random.choice(np.arange(1, width), size=half, p=share / share.sum())
    masks = np.zeros((half, width), dtype=bool)
    for row, size in enumerate(sizes):
        masks[row, random.choice(width, size=size, replace=False)] = True
    masks = np.vstack([masks, ~masks])
    return masks, np.ones(len(masks))


def _fit(masks: npt.NDArray[np.bool_], weights: Array, gain: Array, total: Array) -> Array:
    """Solve the weighted least squares whose solution adds up to the total."""
    import numpy as np

    z = masks.astype(float)
    # The last feature is what the others leave.
    left = z[:, :-1] - z[:, -1:]
    right = gain - z[:, -1:] * total[None, :]
    root = np.sqrt(weights)[:, None]
    solution, *_ = np.linalg.lstsq(left * root, right * root, rcond=None)
    return np.vstack([solution, total[None, :] - solution.sum(axis=0, keepdims=True)])
