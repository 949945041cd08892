"""Estimators by name, for each kind of problem."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final

from tabular.failure import JobError
from tabular.schema import BINARY, QUANTILE, REGRESSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tabular.schema import Schema


def make_estimator(name: str, schema: Schema, settings: dict[str, str], seed: int) -> Any:
    """Make an estimator with the settings that it knows by these names."""
    if name not in ESTIMATORS:
        raise JobError(f"--estimator {name!r}: is one of {', '.join(ESTIMATORS)}")
    estimator = ESTIMATORS[name](schema)
    known = estimator.get_params()
    values = {each: _value(text) for each, text in settings.items()}
    if unknown := sorted({*values} - {*known}):
        raise JobError(f"{name} has no setting {unknown[0]}; it has {', '.join(sorted(known))}")
    seeds = {each: seed for each in known if each.rpartition("__")[2] == "random_state"}
    estimator.set_params(**{**seeds, **values})
    return estimator


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _hist_gradient_boosting(schema: Schema) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor  # type: ignore[import-untyped]

    if schema.classifies:
        return HistGradientBoostingClassifier()
    if schema.problem == QUANTILE:
        return HistGradientBoostingRegressor(loss="quantile", quantile=schema.quantile)
    return HistGradientBoostingRegressor()


def _random_forest(schema: Schema) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.impute import SimpleImputer  # type: ignore[import-untyped]
    from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]

    if schema.problem == QUANTILE:
        raise JobError("random_forest predicts no quantiles; hist_gradient_boosting does")
    forest = RandomForestClassifier if schema.classifies else RandomForestRegressor
    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), forest())


def _linear(schema: Schema) -> Any:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, QuantileRegressor, Ridge  # type: ignore[import-untyped]
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]

    kinds: dict[str, Callable[[], Any]] = {
        REGRESSION: Ridge,
        QUANTILE: lambda: QuantileRegressor(quantile=schema.quantile, alpha=0.0),
    }
    last = kinds.get(schema.problem, lambda: LogisticRegression(max_iter=1000))()
    imputer = SimpleImputer(strategy="median", keep_empty_features=True, add_indicator=True)
    return make_pipeline(imputer, StandardScaler(), last)


def _xgboost(schema: Schema) -> Any:
    from xgboost import XGBClassifier, XGBRegressor

    if schema.classifies:
        return XGBClassifier(objective="binary:logistic" if schema.problem == BINARY else None)
    if schema.problem == QUANTILE:
        return XGBRegressor(objective="reg:quantileerror", quantile_alpha=schema.quantile)
    return XGBRegressor()


def _lightgbm(schema: Schema) -> Any:
    try:
        from lightgbm import LGBMClassifier, LGBMRegressor
    except ImportError:
        raise JobError(
            "lightgbm is not in the image: name it in the problem's packages.txt"
        ) from None
    quiet = {"verbose": -1, "deterministic": True, "force_row_wise": True}
    if schema.classifies:
        return LGBMClassifier(**quiet)
    if schema.problem == QUANTILE:
        return LGBMRegressor(objective="quantile", alpha=schema.quantile, **quiet)
    return LGBMRegressor(**quiet)


ESTIMATORS: Final = {
    "hist_gradient_boosting": _hist_gradient_boosting,
    "lightgbm": _lightgbm,
    "linear": _linear,
    "random_forest": _random_forest,
    "xgboost": _xgboost,
}
