"""Requests of XGBoost's container: what it reads, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
import xgboost

from pipeline_local.image_programs.payloads import decode_array, decode_matrix, predict
from pipeline_local.image_programs.problem import Problem

CSV, LIBSVM = "text/csv", "text/libsvm"


@pytest.fixture(scope="module")
def booster() -> xgboost.Booster:
    """A model of four features."""
    rows = np.random.default_rng(1).uniform(size=(40, 4))
    data = xgboost.DMatrix(rows, rows.sum(axis=1))
    return xgboost.train({"nthread": 1, "max_depth": 2}, data, num_boost_round=3)


@pytest.mark.parametrize("body", ["1,2", "1", "1,2,3,4,5", "1,2\n3,4"])
def test_rows_of_another_width_get_no_prediction(booster: xgboost.Booster, body: str) -> None:
    with pytest.raises(Problem, match="is not consistent with that of the trained model, 4"):
        predict(booster, decode_matrix(body, CSV))


@pytest.mark.parametrize("body", ["1,2,3", "1,2,3,4", ",,,", "1;2;3;4", "1\t2\t3\t4", "1 2 3 4"])
def test_rows_are_read_with_the_delimiter_that_they_have(
    booster: xgboost.Booster, body: str
) -> None:
    assert predict(booster, decode_matrix(f"{body}\n{body}\n", CSV)).shape == (2,)


def test_rows_of_libsvm_name_their_columns(booster: xgboost.Booster) -> None:
    assert predict(booster, decode_matrix("0 0:1", LIBSVM)).shape == (1,)
    with pytest.raises(Problem, match="feature size of the inference data"):
        predict(booster, decode_matrix("0 7:1", LIBSVM))


@pytest.mark.parametrize("body", ["", "\n", "\r\n\n"])
def test_nothing_is_no_row(body: str) -> None:
    for decode in (decode_array, decode_matrix):
        with pytest.raises(Problem, match="has no rows"):
            decode(body, CSV)
