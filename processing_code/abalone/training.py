"""The fit of a model: rounds by early stopping on validation, then every row.

The rows used once more, five-fold, show the error of such a model on animals it has not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xgboost as xgb

from abalone.folds import Folds
from abalone.intervals import Intervals
from abalone.model import Model
from abalone.schema import TARGET, Columns, FloatArray
from abalone.split import content_hash

if TYPE_CHECKING:
    from abalone.hyperparameters import Hyperparameters
    from abalone.transformer import Transformer


@dataclass(frozen=True)
class Fitted:
    """A finished training.

    Parameters
    ----------
    model : Model
        Refitted on training and validation rows together, with `best_round` rounds.
    folds : Folds
        The same, each without a fifth of the rows.
    curves : dict of str to list of float
        RMSE after each round, `train` and `validation`.
    validation_predictions : ndarray of float32
        Predictions of the model that never saw the validation rows.
    """

    model: Model
    folds: Folds
    best_round: int
    curves: dict[str, list[float]]
    validation_predictions: FloatArray
    validation_rings: FloatArray


def _in_own_order(columns: Columns, seed: int) -> Columns:
    """Sort rows by their content, so that sampling does not depend on the order of the files."""
    order = np.argsort(content_hash(columns, seed), kind="stable")
    return {name: column[order] for name, column in columns.items()}


def _matrix(transformer: Transformer, columns: Columns) -> xgb.DMatrix:
    return xgb.DMatrix(
        transformer.transform(columns),
        label=columns[TARGET].astype(np.float32),
        feature_names=transformer.feature_names,
    )


def fit(
    train: Columns, validation: Columns, transformer: Transformer, settings: Hyperparameters
) -> Fitted:
    """Train with early stopping, then refit on all rows with the rounds found.

    The result is the same for the same rows and settings, in whatever order the rows come.
    """
    train = _in_own_order(train, settings.seed)
    validation = _in_own_order(validation, settings.seed)
    together = _in_own_order(
        {name: np.concatenate([train[name], validation[name]]) for name in train}, settings.seed
    )
    parameters = settings.booster_parameters(len(together[TARGET]))
    train_matrix, validation_matrix = (_matrix(transformer, part) for part in (train, validation))
    history: xgb.callback.TrainingCallback.EvalsLog = {}
    scout = xgb.train(
        parameters,
        train_matrix,
        num_boost_round=settings.num_boost_round,
        evals=[(train_matrix, "train"), (validation_matrix, "validation")],
        early_stopping_rounds=settings.early_stopping_rounds,
        evals_result=history,
        verbose_eval=False,
    )
    best_round = int(scout.best_iteration) + 1
    matrix = _matrix(transformer, together)
    booster = xgb.train(parameters, matrix, num_boost_round=best_round, verbose_eval=False)
    folds = Folds.fit(matrix, together, parameters, best_round)
    unseen = folds.predict(together, transformer)
    intervals = Intervals.fit(unseen, together[TARGET].astype(np.float64))
    # Attributes such as the scout's best score would end up in the file; the refit has none.
    return Fitted(
        model=Model(booster, transformer, intervals),
        folds=folds,
        best_round=best_round,
        curves={
            part: [float(str(value)) for value in metrics["rmse"]]
            for part, metrics in history.items()
        },
        validation_predictions=np.asarray(
            scout.predict(validation_matrix, iteration_range=(0, best_round)), dtype=np.float64
        ),
        validation_rings=validation[TARGET].astype(np.float64),
    )


def importance(model: Model) -> dict[str, float]:
    """Return each feature's share of the total gain, largest first; the shares add up to 1."""
    gains = model.booster.get_score(importance_type="total_gain")
    shares = {name: float(np.sum(gains.get(name, 0.0))) for name in model.transformer.feature_names}
    total = sum(shares.values()) or 1.0
    ranked = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    return {name: share / total for name, share in ranked}
