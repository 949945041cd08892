"""Hyperparameters of the built-in XGBoost algorithm: names, types and ranges.

Source: SageMaker AI developer guide, "XGBoost hyperparameters".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_local.image_programs.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_INFINITY = float("inf")
# Read by the algorithm itself, not by xgboost's booster.
OWN = frozenset(
    {"num_round", "early_stopping_rounds", "csv_weights", "save_model_on_termination"}
    | {"_tuning_objective_metric", "eval_metric"}
)


@dataclass(frozen=True)
class _Number:
    low: float = -_INFINITY
    high: float = _INFINITY
    above: bool = False  # the low end itself is out of range
    kind: Callable[[str], float] = float

    def read(self, text: str) -> float:
        value = self.kind(text)
        within = self.low < value if self.above else self.low <= value
        if not within or not value <= self.high:
            raise ValueError
        return value

    def __str__(self) -> str:
        word = "an integer" if self.kind is int else "a number"
        low = "" if self.low == -_INFINITY else f" {'above' if self.above else 'from'} {self.low:g}"
        return word + low + ("" if self.high == _INFINITY else f" to {self.high:g}")


@dataclass(frozen=True)
class _Word:
    words: tuple[str, ...]

    def read(self, text: str) -> str:
        if text not in self.words:
            raise ValueError
        return text

    def __str__(self) -> str:
        return f"one of {', '.join(self.words)}"


@dataclass(frozen=True)
class _Text:
    """Text that xgboost itself validates."""

    def read(self, text: str) -> str:
        return text

    def __str__(self) -> str:
        return "text"


def _integer(low: float = -_INFINITY, high: float = _INFINITY) -> _Number:
    return _Number(low, high, kind=int)


_SHARE, _POSITIVE_SHARE = _Number(0, 1), _Number(0, 1, above=True)
_KNOWN: dict[str, _Number | _Word | _Text] = {
    **dict.fromkeys(("_tuning_objective_metric", "eval_metric", "objective", "updater"), _Text()),
    **dict.fromkeys(("monotone_constraints", "interaction_constraints"), _Text()),
    **dict.fromkeys(("csv_weights", "silent", "refresh_leaf", "one_drop"), _integer(0, 1)),
    **dict.fromkeys(("num_round", "early_stopping_rounds"), _integer(1)),
    **dict.fromkeys(("nthread", "num_parallel_tree"), _integer(1)),
    **dict.fromkeys(("num_class", "max_bin"), _integer(2)),
    **dict.fromkeys(("max_depth", "max_leaves"), _integer(0)),
    "verbosity": _integer(0, 3),
    "seed": _integer(),
    "base_score": _Number(),
    **dict.fromkeys(("eta", "lambda_bias", "rate_drop", "skip_drop"), _SHARE),
    **dict.fromkeys(("subsample", "sketch_eps", "colsample_bytree"), _POSITIVE_SHARE),
    **dict.fromkeys(("colsample_bylevel", "colsample_bynode"), _POSITIVE_SHARE),
    **dict.fromkeys(("gamma", "min_child_weight", "max_delta_step"), _Number(0)),
    **dict.fromkeys(("lambda", "alpha"), _Number(0)),
    **dict.fromkeys(("scale_pos_weight", "huber_slope"), _Number(0, above=True)),
    "aft_loss_distribution_scale": _Number(0, above=True),
    "tweedie_variance_power": _Number(1, 2, above=True),
    "save_model_on_termination": _Word(("true", "false")),
    "deterministic_histogram": _Word(("true", "false")),
    "single_precision_histogram": _Word(("true", "false")),
    "booster": _Word(("gbtree", "gblinear", "dart")),
    "tree_method": _Word(("auto", "exact", "approx", "hist", "gpu_hist")),
    "dsplit": _Word(("row", "col")),
    "process_type": _Word(("default", "update")),
    "grow_policy": _Word(("depthwise", "lossguide")),
    "predictor": _Word(("auto", "cpu_predictor", "gpu_predictor")),
    "sample_type": _Word(("uniform", "weighted")),
    "normalize_type": _Word(("tree", "forest")),
    "aft_loss_distribution": _Word(("normal", "logistic", "extreme")),
    "sampling_method": _Word(("uniform", "gradient_based")),
}


def hyperparameter_problems(given: Mapping[str, Any]) -> Iterator[str]:
    """Validate hyperparameters; values that are not text (yet) are skipped."""
    if "num_round" not in given:
        yield "num_round: is missing"
    for name, value in given.items():
        known = _KNOWN.get(name)
        if known is None:
            yield f"{name}: the algorithm has no such hyperparameter"
        elif isinstance(value, str):
            try:
                known.read(plain(value))
            except ValueError:
                yield f"{name}: {value!r} is not {known}"
    objective = given.get("objective", "")
    if str(objective).startswith("multi:") and "num_class" not in given:
        yield f"num_class: is missing, which objective {objective} needs"


def read_hyperparameters(given: Mapping[str, str]) -> dict[str, Any]:
    """Parse all hyperparameters."""
    for line in hyperparameter_problems(given):
        raise Problem(f"hyperparameter {line}")
    return {name: _KNOWN[name].read(plain(text)) for name, text in given.items()}


def plain(text: str) -> str:
    """Return a value without the quotes that the SDK may have added (JSON text)."""
    if text[:1] != '"':
        return text
    try:
        return str(json.loads(text))
    except ValueError:
        return text
