"""Three pictures that show where a model errs. Same input, same bytes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from tabular.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matplotlib.axes import Axes

    from abalone.schema import FloatArray

_BLUE: Final = "#2f6db3"
_RED: Final = "#c8553d"
_INK: Final = "#30363d"
_STYLE: Final[Any] = {
    "figure.dpi": 120,
    "figure.facecolor": "white",
    "font.size": 10,
    "font.family": "DejaVu Sans",
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlecolor": _INK,
    "axes.edgecolor": "#8b949e",
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e6e9ed",
    "grid.linewidth": 0.8,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "legend.frameon": False,
}
_MOST_POINTS: Final = 5000
"""More points only make a blot, and a slow picture."""


@contextmanager
def _picture(path: Path, size: tuple[float, float]) -> Iterator[Axes]:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        yield figure.add_subplot()
        # Neither the version of matplotlib nor a date goes into the file.
        write_whole(
            path,
            lambda beside: figure.savefig(beside, format="png", metadata={"Software": None}),
        )


def _thinned(count: int) -> slice:
    return slice(None, None, max(1, -(-count // _MOST_POINTS)))


def plot_residuals(path: Path, rings: FloatArray, predictions: FloatArray) -> None:
    """Draw each row's error over its prediction, with the middle half and the median."""
    residuals = predictions - rings
    with _picture(path, (7.2, 4.4)) as axes:
        some = _thinned(len(rings))
        axes.scatter(
            predictions[some], residuals[some], s=11, alpha=0.35, color=_BLUE, linewidths=0
        )
        axes.axhline(0, color=_INK, linewidth=1)
        groups = np.array_split(np.argsort(predictions, kind="stable"), min(12, len(rings)))
        middles = [float(np.median(predictions[group])) for group in groups]
        low, median, high = np.array(
            [np.percentile(residuals[group], (25, 50, 75)) for group in groups]
        ).T
        axes.fill_between(middles, low, high, color=_RED, alpha=0.18, label="middle half")
        axes.plot(middles, median, color=_RED, linewidth=2, label="median")
        axes.set(
            title="Residuals", xlabel="predicted rings", ylabel="predicted minus counted rings"
        )
        axes.legend(loc="upper left", ncols=2)


def plot_calibration(path: Path, rings: FloatArray, predictions: FloatArray) -> None:
    """Draw counted over predicted rings: single rows, and the mean of each tenth."""
    with _picture(path, (5.6, 5.4)) as axes:
        some = _thinned(len(rings))
        end = float(max(rings.max(), predictions.max())) + 1
        axes.plot((0, end), (0, end), color=_INK, linewidth=1, label="perfect")
        axes.scatter(predictions[some], rings[some], s=11, alpha=0.3, color=_BLUE, linewidths=0)
        groups = np.array_split(np.argsort(predictions, kind="stable"), min(10, len(rings)))
        said = [float(predictions[group].mean()) for group in groups]
        was = [float(rings[group].mean()) for group in groups]
        spread = [float(rings[group].std() / len(group) ** 0.5) for group in groups]
        axes.errorbar(
            said,
            was,
            yerr=2 * np.array(spread),
            fmt="o-",
            color=_RED,
            markersize=5,
            capsize=3,
            label="mean of a tenth, ± 2 standard errors",
        )
        axes.set(
            title="Calibration",
            xlabel="predicted rings",
            ylabel="counted rings",
            xlim=(0, end),
            ylim=(0, end),
            aspect="equal",
        )
        axes.legend(loc="upper left")


def plot_importance(path: Path, importance: dict[str, float]) -> None:
    """Draw each feature's share of the total gain."""
    ranked = sorted(importance.items(), key=lambda item: (item[1], item[0]))
    with _picture(path, (7.2, 1.2 + 0.26 * len(ranked))) as axes:
        names = [name.replace("_", " ") for name, _ in ranked]
        shares = [share for _, share in ranked]
        bars = axes.barh(names, shares, color=_BLUE, height=0.7)
        axes.bar_label(bars, fmt="{:.1%}", padding=3, fontsize=8, color=_INK)
        axes.set(
            title="Feature importance",
            xlabel="share of the total gain",
            xlim=(0, max([*shares, 0.01]) * 1.12),
        )
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
