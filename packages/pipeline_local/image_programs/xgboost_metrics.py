"""Metrics that the built-in XGBoost algorithm adds to those of xgboost itself.

Source: SageMaker AI developer guide, "Tune an XGBoost model", and the open-source
`sagemaker-xgboost-container` for the averages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import numpy.typing as npt
    import xgboost

    Array = npt.NDArray[np.float64]

_HALF = 0.5
_CLASSES: dict[str, tuple[str, dict[str, Any]]] = {
    "accuracy": ("accuracy_score", {}),
    "balanced_accuracy": ("balanced_accuracy_score", {}),
    "f1": ("f1_score", {"average": "macro"}),
    "f1_binary": ("f1_score", {"average": "binary"}),
    "f1_macro": ("f1_score", {"average": "macro"}),
    "precision": ("precision_score", {"average": "binary", "zero_division": 0}),
    "precision_macro": ("precision_score", {"average": "macro", "zero_division": 0}),
    "precision_micro": ("precision_score", {"average": "micro", "zero_division": 0}),
    "recall": ("recall_score", {"average": "binary", "zero_division": 0}),
    "recall_macro": ("recall_score", {"average": "macro", "zero_division": 0}),
    "recall_micro": ("recall_score", {"average": "micro", "zero_division": 0}),
}
_NUMBERS = {"mse": "mean_squared_error", "r2": "r2_score"}
OWN_METRICS = frozenset({*_CLASSES, *_NUMBERS})


def is_larger_better(name: str) -> bool:
    """Return whether a metric is to be maximized."""
    return name != "mse"


def evaluator(
    names: Sequence[str],
) -> Callable[[Array, xgboost.DMatrix], list[tuple[str, float]]]:
    """Return the function that xgboost calls after each round to evaluate these metrics."""

    def evaluate(predicted: Array, data: xgboost.DMatrix) -> list[tuple[str, float]]:
        labels = data.get_label()
        return [(name, float(_metric(name, labels, predicted))) for name in names]

    return evaluate


def _metric(name: str, labels: Any, predicted: Array) -> Any:
    from sklearn import metrics  # type: ignore[import-untyped]

    if name in _NUMBERS:
        return getattr(metrics, _NUMBERS[name])(labels, predicted)
    function, options = _CLASSES[name]
    return getattr(metrics, function)(labels, _classes(predicted), **options)


def _classes(predicted: Array) -> Any:
    """Return the classes: from scores, from one probability, or as they are."""
    if predicted.ndim > 1:
        return predicted.argmax(axis=1)
    inside = (predicted >= 0).all() and (predicted <= 1).all()
    return (predicted > _HALF).astype(int) if inside else predicted.round()
