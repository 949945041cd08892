"""A synthetic dataset of the abalone data's shape, for trying the platform offline.

Drawn from a growth model, then adjusted to the means and standard deviations that UCI publishes; no
record is copied, resampled or fitted.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Final

import numpy as np

from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically
from pipeline_local.runs.dataset import Dataset, describe, sidecar_of

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

ROWS: Final = 4177
SEED: Final = 20
MOST_ROWS: Final = 50_000_000

# Published summary figures: counts by sex, and mean and standard deviation of each column.
SEX_COUNTS: Final = {"M": 1528, "F": 1307, "I": 1342}
MOMENTS: Final = {
    "length": (0.524, 0.120),
    "diameter": (0.408, 0.099),
    "height": (0.140, 0.042),
    "whole_weight": (0.829, 0.490),
    "shucked_weight": (0.359, 0.222),
    "viscera_weight": (0.181, 0.110),
    "shell_weight": (0.239, 0.139),
}
RINGS: Final = (9.934, 3.224)
MOST_RINGS: Final = 29
# The shares of the whole weight; the rest is blood and water lost in shucking.
PARTS: Final = ("shucked_weight", "viscera_weight", "shell_weight")
SIZE_STEP, WEIGHT_STEP = 0.005, 0.0005
"""To what the instruments of the original study read."""
_MOST_PARTS: Final = 0.99


def generate(path: Path, *, rows: int = ROWS, seed: int = SEED) -> Dataset:
    """Write a synthetic dataset of 1 or more rows, after the sidecar that labels it."""
    if not 1 <= rows <= MOST_ROWS:
        raise MlopsError(f"--rows {rows}: give a number from 1 to {MOST_ROWS}")
    if seed < 0:
        raise MlopsError(f"--seed {seed}: give 0 or a greater number")
    if "synthetic" not in path.name:
        raise MlopsError(f"--output {path}: the name of a synthetic file must say `synthetic`")
    label = {
        "synthetic": True,
        "what": "made by `mlops data generate`; no animal was measured",
        "seed": seed,
        "rows": rows,
        "calibrated_from": "summary figures published by UCI with the abalone data",
    }
    try:
        write_atomically(sidecar_of(path), json.dumps(label, indent=2) + "\n")
        write_atomically(path, to_csv(draw(rows, seed)))
    except OSError as error:
        raise MlopsError(f"{path}: cannot write the stand-in ({error.strerror})") from None
    return describe(path, f"a synthetic stand-in, seed {seed}")


def draw(rows: int, seed: int) -> dict[str, npt.NDArray[np.generic]]:
    """Draw `sex`, the seven measurements and `rings`, in the order of the columns."""
    generator = np.random.default_rng(seed)

    def noise(spread: float) -> Floats:
        return generator.normal(0.0, spread, rows)

    sex = generator.permutation(_sexes(rows))
    infant = sex == "I"
    # Age: skewed, infants younger.
    age = generator.gamma(np.where(infant, 12.0, 14.0), np.where(infant, 0.62, 0.78)) + 0.6
    rings = _with_moments(age, *RINGS)
    # Size: fast growth that levels off, each animal on its own site; infants stay smaller.
    pace = np.exp(noise(0.34))
    grown = 1.0 - np.exp(-0.21 * pace * (rings + 0.4))
    length = grown * np.exp(noise(0.10)) * np.where(infant, 0.9, 1.0)
    # Of two animals of one size, the older has the thicker shell and the smaller share of meat.
    older = np.log(rings) - _explained(np.log(rings), np.log(length))
    density = np.exp(noise(0.07))
    whole = length**3 * density * np.exp(0.10 * older)
    shares = {
        "shucked_weight": np.exp(-0.16 * older + noise(0.11)),
        "viscera_weight": np.exp(-0.03 * older + noise(0.14)),
        "shell_weight": np.exp(0.20 * older + noise(0.11)),
    }
    columns = {
        "length": length,
        "diameter": length * np.exp(noise(0.022)),
        "height": length * np.exp(0.04 * older + noise(0.085)),
        "whole_weight": whole,
        **{name: whole * share for name, share in shares.items()},
    }
    columns = {name: _with_moments(columns[name], *MOMENTS[name]) for name in MOMENTS}
    # Parts never outweigh the whole.
    parts = sum(columns[name] for name in PARTS)
    shrink = np.minimum(1.0, _MOST_PARTS * columns["whole_weight"] / parts)
    for name in PARTS:
        columns[name] = columns[name] * shrink
    measured = {
        name: np.maximum(np.round(values / _step(name)), 1) * _step(name)
        for name, values in columns.items()
    }
    counted = np.clip(np.round(rings), 1, MOST_RINGS).astype(np.int64)
    return {"sex": sex, **measured, "rings": counted}


def _sexes(rows: int) -> npt.NDArray[np.str_]:
    """Apportion the rows by the published counts, largest remainders first."""
    total = sum(SEX_COUNTS.values())
    exact = {sex: rows * count / total for sex, count in SEX_COUNTS.items()}
    counts = {sex: int(share) for sex, share in exact.items()}
    by_remainder = sorted(exact, key=lambda sex: (counts[sex] - exact[sex], sex))
    for sex in by_remainder[: rows - sum(counts.values())]:
        counts[sex] += 1
    return np.repeat(np.array(list(counts)), list(counts.values()))


def _explained(values: Floats, by: Floats) -> Floats:
    """Return the part of `values` explained by a linear fit to `by`."""
    centred = by - by.mean()
    slope = float(centred @ (values - values.mean())) / (float(centred @ centred) or 1.0)
    line: Floats = values.mean() + slope * centred
    return line


def _with_moments(values: Floats, mean: float, spread: float) -> Floats:
    """Fit positive values to a mean and standard deviation: a power, then a factor.

    A power keeps order, sign and linearity of the logarithms, as growth laws do.
    """
    scaled = values / values.mean()
    low, high = 0.05, 12.0
    for _ in range(60):  # the relative spread grows with the exponent: halve the interval
        exponent = (low + high) / 2
        bent = scaled**exponent
        if bent.std() * mean < spread * bent.mean():
            low = exponent
        else:
            high = exponent
    result: Floats = bent * (mean / bent.mean())
    return result


def _step(name: str) -> float:
    return WEIGHT_STEP if name.endswith("weight") else SIZE_STEP


def to_csv(columns: dict[str, npt.NDArray[np.generic]]) -> str:
    """Render records as in the published file: no header, sex first, rings last."""
    text = io.StringIO()
    printed = [
        values.tolist()
        if name in ("sex", "rings")
        else [f"{value:.4f}".rstrip("0").rstrip(".") for value in values]
        for name, values in columns.items()
    ]
    for record in zip(*printed, strict=True):
        text.write(",".join(map(str, record)) + "\n")
    return text.getvalue()
