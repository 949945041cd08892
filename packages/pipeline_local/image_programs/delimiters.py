"""The delimiter of CSV, guessed from its first line as XGBoost's container does.

Source: github.com/aws/sagemaker-xgboost-container: training (`data_utils.py`,
`_get_csv_delimiter`) takes what is guessed; serving (`encoder.py`, `csv_to_dmatrix`) looks at the
line's begin, and takes a comma for a letter or a digit, which a row of one number looks like.
"""

from __future__ import annotations

import csv

from pipeline_local.image_programs.problem import Problem

_BEGIN = 512  # characters


def of_training(line: str) -> str:
    """Guess the delimiter of a file to train on."""
    try:
        return csv.Sniffer().sniff(line).delimiter
    except csv.Error:
        raise Problem("no delimiter is found in its first line") from None


def of_request(line: str) -> str:
    """Guess the delimiter of rows to predict for."""
    found = of_training(line[:_BEGIN])
    return "," if found.isalnum() else found
