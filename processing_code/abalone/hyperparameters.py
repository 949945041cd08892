"""The hyperparameters, and the only place for their defaults."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from tabular.arguments import Arguments
from tabular.failure import JobError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROWS_PER_THREAD: Final = 50_000


@dataclass(frozen=True)
class Hyperparameters:
    """Settings of the training job.

    Parameters
    ----------
    max_depth : int
        Depth of a tree. Shallow trees suffice, because the features already hold the ratios.
    subsample, colsample_bytree : float
        Share of rows and of features that each tree sees.
    early_stopping_rounds : int
        Rounds without a better validation error before training stops.
    objective : str
        XGBoost's objective. The spread of rings grows with their mean, as in a gamma distribution;
        predictions are positive by construction.
    nthread : int
        Threads; 0 means one for every `ROWS_PER_THREAD` rows, up to those of the machine. With
        fewer rows a second thread only waits for the first. The model's bytes do not depend on it.
    """

    eta: float = 0.03
    max_depth: int = 4
    min_child_weight: float = 5.0
    subsample: float = 0.6
    colsample_bytree: float = 0.5
    num_boost_round: int = 2000
    early_stopping_rounds: int = 50
    objective: str = "reg:gamma"
    seed: int = 42
    nthread: int = 0

    def booster_parameters(self, rows: int) -> dict[str, Any]:
        """Return XGBoost's `params`."""
        settings = asdict(self)
        del settings["num_boost_round"], settings["early_stopping_rounds"]
        if not self.nthread:
            settings["nthread"] = min(os.cpu_count() or 1, 1 + rows // ROWS_PER_THREAD)
        return {**settings, "tree_method": "hist", "eval_metric": "rmse", "verbosity": 1}


_DEEPEST_TREE: Final = 20
_MOST_ROUNDS: Final = 100_000
_MOST_THREADS: Final = 1024
_OBJECTIVES: Final = ("reg:gamma", "reg:squarederror", "reg:tweedie", "count:poisson")
_RANGES: Final[dict[str, tuple[Callable[[Any], bool], str]]] = {
    "eta": (lambda value: 0 < value <= 1, "above 0 and at most 1"),
    "max_depth": (lambda value: 1 <= value <= _DEEPEST_TREE, f"1 to {_DEEPEST_TREE}"),
    "min_child_weight": (lambda value: 0 <= value < float("inf"), "0 or more"),
    "subsample": (lambda value: 0 < value <= 1, "above 0 and at most 1"),
    "colsample_bytree": (lambda value: 0 < value <= 1, "above 0 and at most 1"),
    "num_boost_round": (lambda value: 1 <= value <= _MOST_ROUNDS, f"1 to {_MOST_ROUNDS}"),
    "early_stopping_rounds": (lambda value: value >= 1, "1 or more"),
    "objective": (lambda value: value in _OBJECTIVES, f"one of {', '.join(_OBJECTIVES)}"),
    "seed": (lambda value: 0 <= value < 2**31, "0 to 2147483647"),
    "nthread": (lambda value: 0 <= value <= _MOST_THREADS, f"0 to {_MOST_THREADS}"),
}


def parse_hyperparameters(arguments: Sequence[str]) -> Hyperparameters:
    """Read the command line that the training toolkit makes of the job's hyperparameters."""
    kinds = {"float": float, "int": int, "str": str}
    parser = Arguments(prog="hyperparameters", allow_abbrev=False)
    for field in fields(Hyperparameters):
        parser.add_argument(f"--{field.name}", type=kinds[str(field.type)], default=field.default)
    chosen = Hyperparameters(**vars(parser.parse_args(arguments)))
    for name, (holds, wanted) in _RANGES.items():
        if not holds(value := getattr(chosen, name)):
            raise JobError(f"hyperparameter {name} is {value}, it must be {wanted}")
    return chosen
