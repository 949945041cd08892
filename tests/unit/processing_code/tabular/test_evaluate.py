"""The comparison of a model with the champion, on rows that both may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import yaml

from tests.unit.processing_code.table_run import TableRun

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SCHEMA: dict[str, Any] = {
    "problem": "regression",
    "target": "price",
    "columns": {"size": {"type": "number"}, "age": {"type": "number"}, "price": {"type": "number"}},
}


def rows() -> pd.DataFrame:
    draw = np.random.default_rng(0)
    size, age = draw.uniform(1, 9, 300).round(3), draw.uniform(0, 50, 300).round(3)
    price = (10 * size - age + draw.normal(0, 4, 300)).round(3)
    return pd.DataFrame({"size": size, "age": age, "price": price})


def test_a_number_is_the_same_row_however_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, tests = TableRun(tmp_path, monkeypatch, SCHEMA), []
    for written in (rows(), rows().assign(size=rows()["size"].map("{:.6f}".format))):
        run.deliver(rows=written.to_csv(index=False))
        assert run.prepare() == 0
        tests.append(sorted(pd.read_csv(run.output("test/test.csv"))["price"]))
    assert tests[0] == tests[1]


def test_a_champion_is_compared_on_the_rows_that_its_schema_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = TableRun(tmp_path, monkeypatch, SCHEMA)
    run.deliver(rows=rows().to_csv(index=False))
    assert run.prepare() == run.train("--estimator", "linear") == run.evaluate() == 0
    run.crown()
    columns = {**SCHEMA["columns"], "size": {"type": "number", "missing": True}}
    (run.problem / "schema.yaml").write_text(yaml.safe_dump({**SCHEMA, "columns": columns}))
    few = rows().astype(object)
    few.loc[few.index % 5 == 0, "size"] = ""
    run.deliver(rows=few.to_csv(index=False))
    assert run.prepare() == run.train("--estimator", "linear") == run.evaluate() == 0
    report = run.read("evaluation/evaluation.json")
    assert 0 < report["rows"]["compared"] < report["rows"]["test"]
    assert report["champion"]["comparable"] is True
    assert "rows that its schema allows" in run.message
