"""A problem of each kind, with rows that it can learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.processing_code.table_run import TableRun

    Make = Callable[..., TableRun]

ROWS = 300
FEATURES = {
    "size": {"type": "number", "least": 0},
    "weight": {"type": "number", "missing": True},
    "colour": {"type": "category", "levels": ["blue", "green", "red, dark"]},
    "sold": {"type": "date"},
}
TARGETS = {
    "regression": {"type": "number"},
    "quantile": {"type": "number"},
    "binary": {"type": "category", "levels": ["no", "yes"]},
    "multiclass": {"type": "category", "levels": ["cheap", "dear", "medium"]},
}


def schema_of(problem: str) -> dict[str, Any]:
    more = {"binary": {"positive": "yes"}, "quantile": {"quantile": 0.8}}
    columns = {**FEATURES, "price": TARGETS[problem]}
    return {
        "problem": problem,
        "target": "price",
        "id": "key",
        "columns": columns,
        **more.get(problem, {}),
    }


def rows_of(problem: str, count: int = ROWS, seed: int = 0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    size, weight = draw.uniform(1, 9, count), draw.normal(50, 9, count)
    colour = draw.choice(FEATURES["colour"]["levels"], count)
    days = pd.to_timedelta(draw.integers(0, 90, count), "D")
    price = 10 * size + weight + 20 * (colour == "blue") + draw.normal(0, 4, count)
    rows = pd.DataFrame(
        {
            "key": [f"k{at}" for at in range(count)],
            "size": size.round(3),
            "weight": [f"{each:.3f}" if at % 9 else "NA" for at, each in enumerate(weight)],
            "colour": colour,
            "sold": pd.to_datetime("2026-01-01") + days,
        }
    )
    if problem == "binary":
        return rows.assign(price=np.where(price > 130, "yes", "no"))
    if problem == "multiclass":
        classes = np.array(["cheap", "medium", "dear"])
        return rows.assign(price=classes[np.digitize(price, [90, 120])])
    return rows.assign(price=price.round(3))


def trained(run: TableRun, problem: str, *settings: str) -> dict[str, Any]:
    run.deliver(rows=rows_of(problem).to_csv(index=False))
    assert run.prepare() == 0
    assert run.train("--estimator", "linear", *settings) == 0
    assert run.evaluate() == 0
    report: dict[str, Any] = run.read("evaluation/evaluation.json")
    return report
