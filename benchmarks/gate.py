"""How often the quality gate decides rightly, by simulation: `python -m benchmarks.gate`.

Each draw moves all lengths a billionth further, which gives the rows other test rows and folds,
trains a champion and challengers that are equal, better or worse by construction, and asks the
gate. With quick hyperparameters; `--thorough` takes those of the product.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

PROCESSING_CODE: Final = Path(__file__).resolve().parent.parent / "processing_code"
sys.path.append(str(PROCESSING_CODE))

from abalone.features import RECIPES  # noqa: E402
from abalone.gate import Judged, coverage_checks, loss_checks, rows_check  # noqa: E402
from abalone.hyperparameters import Hyperparameters  # noqa: E402
from abalone.intervals import LEVEL  # noqa: E402
from abalone.reading import read_sources  # noqa: E402
from abalone.schema import FEATURES, SEX, TARGET, Columns  # noqa: E402
from abalone.sources import Source  # noqa: E402
from abalone.split import TRAIN, VALIDATION, are_test_rows, assign  # noqa: E402
from abalone.training import fit  # noqa: E402
from abalone.transformer import Transformer  # noqa: E402
from abalone.verdict import verdict_of  # noqa: E402
from mlops.data.generate import draw  # noqa: E402
from preprocess import to_columns  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from abalone.training import Fitted

SIGNIFICANCE, LEAST_ROWS_SHARE = 0.01, 0.5
QUICK: Final = Hyperparameters(eta=0.3, early_stopping_rounds=5, nthread=1)
_LESS, _QUARTER = 0.6, 0.25
WANTED: Final = {
    "another seed": ("accepted", 0.95),
    "another split seed": ("accepted", 0.95),
    "two thirds more data": ("accepted", 0.9),
    "a quarter of the rows": ("refused", 0.95),
    "a third of the features": ("refused", 0.95),
    "shuffled labels": ("refused", 0.95),
}


@dataclass
class Outcome:
    """What the gate said of one kind of challenger."""

    accepted: int = 0
    losses: list[float] = field(default_factory=list)
    detectable: list[float] = field(default_factory=list)
    failed: dict[str, int] = field(default_factory=dict)

    def failures(self) -> str:
        """Count the failed checks of each kind."""
        return (
            ", ".join(f"{name} {count}" for name, count in self.failed.items() if count) or "none"
        )

    def add(self, verdict: Mapping[str, Any]) -> None:
        """Count a verdict."""
        self.accepted += not verdict["failed"]
        self.losses.append(verdict["mse_above_champion"])
        self.detectable.append(verdict["smallest_detectable_loss"])
        for check in verdict["checks"]:
            kind = check["name"].split(",", maxsplit=1)[0]
            self.failed[kind] = self.failed.get(kind, 0) + check["failed"]


def chosen(columns: Columns, rows: Any) -> Columns:
    """Select rows."""
    return {name: values[rows] for name, values in columns.items()}


def without(transformer: Transformer, kept: set[str]) -> Transformer:
    """Leave only the features that can be made of these columns."""
    one = {name: np.ones(1) for name in kept}

    def can_be_made(feature: str) -> bool:
        try:
            RECIPES[feature](one)
        except KeyError:
            return False
        return True

    some = tuple(filter(can_be_made, transformer.features))
    return replace(transformer, features=some, levels=transformer.levels if SEX in kept else ())


@dataclass(frozen=True)
class Trained:
    """A model, and the number of rows of its data."""

    fitted: Fitted
    rows: int


@dataclass(frozen=True)
class Trial:
    """One draw: its rows, and the hyperparameters of its trainings."""

    columns: Columns
    number: int
    settings: Hyperparameters

    def train(self, columns: Columns, seed: int, split_seed: int, share: float = 1) -> Trained:
        """Train a model as the pipeline does, on a share of its features."""
        splits = assign(columns, seed=split_seed, validation_share=0.15, test_share=0.15)
        train, validation = (chosen(columns, splits == part) for part in (TRAIN, VALIDATION))
        transformer = Transformer.fit(train)
        if share < 1:
            kept = np.random.default_rng(seed).permutation(FEATURES)
            transformer = without(transformer, {*kept[: round(share * len(kept))].tolist()})
        fitted = fit(train, validation, transformer, replace(self.settings, seed=seed))
        return Trained(fitted, len(columns[TARGET]))

    def outcomes(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Train, and ask the gate of each kind of challenger."""
        random = np.random.default_rng(self.number)
        rows, seed = self.columns, 10 * self.number
        count = len(rows[TARGET])
        champion, other = self.train(rows, seed, seed), self.train(rows, seed + 1, seed)
        smaller = self.train(chosen(rows, random.random(count) < _LESS), seed, seed)
        quarter = chosen(rows, random.random(count) < _QUARTER)
        shuffled = rows | {TARGET: random.permutation(rows[TARGET])}
        yield "another seed", self.verdict(other, champion)
        yield "another split seed", self.verdict(self.train(rows, seed, seed + 2), champion)
        yield "two thirds more data", self.verdict(other, smaller)
        # All test rows are asked, as if the others had been lost on the way to the training.
        yield "a quarter of the rows", self.verdict(self.train(quarter, seed + 1, seed), champion)
        third = self.train(rows, seed + 1, seed, share=1 / 3)
        yield "a third of the features", self.verdict(third, champion)
        yield "shuffled labels", self.verdict(self.train(shuffled, seed + 1, seed), champion)

    def verdict(self, challenger: Trained, champion: Trained) -> dict[str, Any]:
        """Ask the gate, as `Evaluate` does."""
        test = are_test_rows(self.columns, 0.15)
        held_out, others = chosen(self.columns, test), chosen(self.columns, ~test)
        models = (challenger.fitted.model, champion.fitted.model)
        served = Judged(held_out, *(model.predict(held_out).astype(float) for model in models))
        folds = (challenger.fitted.folds, champion.fitted.folds)
        unseen = Judged(
            others,
            *(
                each.predict(others, model.transformer)
                for each, model in zip(folds, models, strict=True)
            ),
        )
        answer = models[0].answer(held_out)
        inside = (answer["lower"] <= served.rings) & (served.rings <= answer["upper"])
        checks = [
            *loss_checks(served, served.and_also(unseen), SIGNIFICANCE),
            rows_check(challenger.rows, champion.rows, LEAST_ROWS_SHARE),
            *coverage_checks(
                served.rings, served.challenger, inside, level=LEVEL, significance=SIGNIFICANCE
            ),
        ]
        return verdict_of(checks, SIGNIFICANCE, [])


def simulate(columns: Columns, draws: int, settings: Hyperparameters) -> dict[str, Outcome]:
    """Ask the gate of every kind of challenger, so many times."""
    outcomes: dict[str, Outcome] = {}
    for number in range(1, draws + 1):
        moved = columns | {"length": columns["length"] + number * 1e-9}
        for name, verdict in Trial(moved, number, settings).outcomes():
            outcomes.setdefault(name, Outcome()).add(verdict)
    return outcomes


def rows_of(path: str | None, count: int = 4_177) -> Columns:
    """Read the real data, or draw as many rows."""
    if not path:
        return dict(draw(count, seed=1))
    return to_columns(read_sources([Source(Path(path), Path(path).name)]).rows)


def main() -> int:
    """Simulate, print, and return 1 where the gate decides wrongly too often."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=__doc__)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--thorough", action="store_true")
    options = parser.parse_args()
    path = os.environ.get("ABALONE_CSV")
    print(f"{'the data of ABALONE_CSV' if path else 'generated data'}, {options.draws} draws")
    settings = replace(Hyperparameters(), nthread=1) if options.thorough else QUICK
    wrong = 0
    for name, found in simulate(rows_of(path), options.draws, settings).items():
        what, share = WANTED[name]
        right = found.accepted if what == "accepted" else options.draws - found.accepted
        wrong += right < share * options.draws
        loss, detectable = np.mean(found.losses), np.mean(found.detectable)
        print(
            f"{name:24} {what} {right / options.draws:6.1%} (wanted {share:.0%}); loss {loss:+.3f},"
            f" smallest detectable {detectable:.3f}; failed checks {found.failures()}"
        )
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
