"""Late truths beside what a model had said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.unit.processing_code.tabular.problems import rows_of, schema_of, trained

if TYPE_CHECKING:
    from tests.unit.processing_code.tabular.problems import Make


def test_truths_of_nobody_s_rows_are_refused(make: Make) -> None:
    run = make(schema_of("regression"))
    trained(run, "regression")
    run.deliver(batch=rows_of("regression", 20, seed=7).to_csv(index=False))
    assert run.number() == 0
    assert run.score() == 0
    run.deliver(truth="key,price\nz1,5\n")
    assert run.join() == 1
    assert "none of 1 ids with a truth was ever scored" in run.message
    run.deliver(truth="key,cost\nk1,5\n")
    assert run.join() == 1
    assert "lack the column price" in run.message


@pytest.mark.parametrize("count", [1, 8])
def test_truths_of_one_class_are_nothing_to_measure_yet(make: Make, count: int) -> None:
    run = make(schema_of("binary"))
    trained(run, "binary")
    later = rows_of("binary", 40, seed=7)
    run.deliver(batch=later.drop(columns="price").to_csv(index=False))
    assert run.number() == 0
    assert run.score() == 0
    run.deliver(truth=later[["key"]].iloc[:count].assign(price="no").to_csv(index=False))
    assert run.join() == 0
    assert f"all {count} truths are of one class, no: AUC is not defined" in run.message
    assert run.read("report/truth.json")["pairs"] == 0


def test_truths_that_cannot_be_used_are_said(make: Make) -> None:
    run = make(schema_of("binary"))
    trained(run, "binary")
    later = rows_of("binary", 20, seed=7)
    run.deliver(batch=later.drop(columns="price").to_csv(index=False))
    assert (run.number(), run.score()) == (0, 0)
    truth = later[["key", "price"]]
    spelled = truth.assign(price=truth["price"].str.upper())
    run.deliver(truth=spelled.to_csv(index=False))
    assert run.join() == 1
    assert "20 of 20 rows (100.00%) cannot be used: 20 rows such as row 1: price" in run.message
    assert "is not one of no, yes" in run.message
    run.deliver(truth=pd.concat([truth[:15], spelled[15:]]).to_csv(index=False))
    assert run.join() == 0
    assert "15 of 20 truths belong to a prediction of this model; 5 rows such as row 16" in (
        run.message
    )
    run.deliver(truth=truth.rename(columns={"price": "cost"}).to_csv(index=False))
    assert run.join() == 1
    assert "lack the column price" in run.message
    assert "columns that the schema does not name: cost" in run.message
