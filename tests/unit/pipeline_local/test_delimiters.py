"""Delimiters of CSV as XGBoost's container guesses them, which differ in training and serving."""

from __future__ import annotations

import pytest

from pipeline_local.image_programs.delimiters import of_request, of_training
from pipeline_local.image_programs.problem import Problem


@pytest.mark.parametrize(
    ("line", "training", "request_"),
    [
        ("1,2.5,3", ",", ","),
        ("1;2", ";", ";"),
        ("1\t2", "\t", "\t"),
        ("1:2", ":", ":"),
        ("1.5", "5", ","),  # a row of one number, which nothing is trained on
        ("nan", "n", ","),
    ],
)
def test_a_delimiter_is_guessed_from_the_first_line(
    line: str, training: str, request_: str
) -> None:
    assert (of_training(line), of_request(line)) == (training, request_)


def test_a_line_without_one_is_refused() -> None:
    for guess in (of_training, of_request):
        with pytest.raises(Problem, match="no delimiter is found in its first line"):
            guess("")
    assert of_request("1,2," * 128 + ";" * 4000) == ","
