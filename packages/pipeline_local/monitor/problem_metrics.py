"""Metrics of predictions, by problem type."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_BETAS = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}


@dataclass(frozen=True)
class Answers:
    """Truth and predictions by row: numbers of a regression, labels (texts) of a classification."""

    truth: NDArray[Any]
    predicted: NDArray[Any]
    scores: NDArray[Any] | None = None  # probability of the positive label

    def rows(self, chosen: NDArray[Any]) -> Answers:
        """Return some of the rows."""
        scores = None if self.scores is None else self.scores[chosen]
        return Answers(self.truth[chosen], self.predicted[chosen], scores)

    @cached_property
    def labels(self) -> list[str]:
        """Return all labels, the positive one of two last."""
        return sorted({*self.truth.tolist(), *self.predicted.tolist()}, key=_order)

    @property
    def positive(self) -> str:
        """Return the positive label of a binary problem; 1 also where there are only zeros."""
        return "1" if {*self.labels} <= {"0", "1"} else self.labels[-1]


def regression(answers: Answers) -> dict[str, float]:
    """Calculate mean absolute, mean squared and root mean squared error, and R²."""
    errors = answers.predicted - answers.truth
    mse = float(np.mean(errors**2))
    spread = float(np.mean((answers.truth - answers.truth.mean()) ** 2))
    return {
        "mae": float(np.mean(np.abs(errors))),
        "mse": mse,
        "rmse": float(np.sqrt(mse)),
        "r2": 1 - mse / spread if spread else float("nan"),
    }


def binary(answers: Answers) -> dict[str, float]:
    """Calculate rates, accuracy, precision, F scores and, with probabilities, the AUC."""
    truth, said = answers.truth == answers.positive, answers.predicted == answers.positive
    hits, misses = int((truth & said).sum()), int((truth & ~said).sum())
    alarms, quiet = int((~truth & said).sum()), int((~truth & ~said).sum())
    recall, precision = _ratio(hits, hits + misses), _ratio(hits, hits + alarms)
    figures = {
        "recall": recall,
        "precision": precision,
        "accuracy": _ratio(hits + quiet, len(truth)),
        "true_positive_rate": recall,
        "true_negative_rate": _ratio(quiet, quiet + alarms),
        "false_positive_rate": _ratio(alarms, quiet + alarms),
        "false_negative_rate": _ratio(misses, hits + misses),
        **{name: _f_score(precision, recall, beta) for name, beta in _BETAS.items()},
    }
    if answers.scores is not None:
        figures["auc"] = _auc(truth, answers.scores)
    return figures


def multiclass(answers: Answers) -> dict[str, float]:
    """Calculate accuracy, and recall, precision and F scores weighted by a label's frequency."""
    from sklearn.metrics import (  # type: ignore[import-untyped]
        precision_recall_fscore_support,
    )

    def weighted(beta: float) -> tuple[float, float, float]:
        precision, recall, score, _ = precision_recall_fscore_support(
            answers.truth, answers.predicted, beta=beta, average="weighted", zero_division=0
        )
        return float(precision), float(recall), float(score)

    precision, recall, _ = weighted(1.0)
    return {
        "accuracy": float((answers.truth == answers.predicted).mean()),
        "weighted_recall": recall,
        "weighted_precision": precision,
        **{f"weighted_{name}": weighted(beta)[2] for name, beta in _BETAS.items()},
    }


METRICS: dict[str, Callable[[Answers], dict[str, float]]] = {
    "Regression": regression,
    "BinaryClassification": binary,
    "MulticlassClassification": multiclass,
}


def confusion_matrix(answers: Answers) -> dict[str, dict[str, int]]:
    """Count predictions: by true label, then by predicted label."""
    return {
        truth: {
            said: int(((answers.truth == truth) & (answers.predicted == said)).sum())
            for said in answers.labels
        }
        for truth in answers.labels
    }


def curves(answers: Answers) -> dict[str, dict[str, list[float]]]:
    """Calculate the receiver operating characteristic and precision over recall."""
    from sklearn.metrics import precision_recall_curve, roc_curve

    truth = answers.truth == answers.positive
    false_positives, true_positives, _ = roc_curve(truth, answers.scores)
    precisions, recalls, _ = precision_recall_curve(truth, answers.scores)
    return {
        "receiver_operating_characteristic_curve": {
            "false_positive_rates": false_positives.tolist(),
            "true_positive_rates": true_positives.tolist(),
        },
        "precision_recall_curve": {
            "precisions": precisions.tolist(),
            "recalls": recalls.tolist(),
        },
    }


def _order(label: str) -> tuple[int, float, str]:
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _f_score(precision: float, recall: float, beta: float) -> float:
    weight = beta**2
    below = weight * precision + recall
    return (1 + weight) * precision * recall / below if below else 0.0


def _auc(truth: NDArray[Any], scores: NDArray[Any]) -> float:
    """Calculate the area under the ROC curve; not a number for one class only."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(truth, scores)) if 0 < truth.sum() < len(truth) else float("nan")
