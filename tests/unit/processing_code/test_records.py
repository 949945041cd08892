from __future__ import annotations

import pytest

from abalone.records import REASONS, RecordError, is_header, parse_record
from abalone.schema import COLUMNS, FEATURES
from tabular.fields import is_blank

GOOD = "M,0.455,0.365,0.095,0.514,0.2245,0.101,0.15,15"


def test_a_good_record_is_read() -> None:
    sex, values = parse_record(GOOD, COLUMNS)
    assert sex == "M"
    assert values == [0.455, 0.365, 0.095, 0.514, 0.2245, 0.101, 0.15, 15.0]


@pytest.mark.parametrize(
    "text",
    [
        " F , .5,1., 1e-1,+2,3E0,4,5,1\r\n",
        "I,1,2,3,4,5,6,7,8.0",
        "\ufeffI,1,2,3,4,5,6,7,100",
    ],
)
def test_harmless_spellings_pass(text: str) -> None:
    parse_record(text, COLUMNS)


@pytest.mark.parametrize(
    ("text", "reason", "says"),
    [
        ("M,1,2,3,4,5,6,7", "wrong_column_count", "8 columns where 9"),
        ("M,1,2,3,4,5,6,7,8,9", "wrong_column_count", "10 columns where 9"),
        ("X,1,2,3,4,5,6,7,8", "unknown_sex", "'X'"),
        ("m,1,2,3,4,5,6,7,8", "unknown_sex", "'m'"),
        ('"M",1,2,3,4,5,6,7,8', "unknown_sex", "M"),
        ("M,,2,3,4,5,6,7,8", "not_a_number", "length ''"),
        ("M,1,two,3,4,5,6,7,8", "not_a_number", "diameter 'two'"),
        ("M,1_0,2,3,4,5,6,7,8", "not_a_number", "length"),
        ("M,\u0661,2,3,4,5,6,7,8", "not_a_number", "length"),
        ("M,nan,2,3,4,5,6,7,8", "not_finite", "length"),
        ("M,1,2,-inf,4,5,6,7,8", "not_finite", "height"),
        ("M,1,2,3,1e999,5,6,7,8", "not_finite", "whole_weight"),
        ("M,1,2,0,4,5,6,7,8", "not_positive", "height 0"),
        ("M,1,2,3,4,5,-6,7,8", "not_positive", "viscera_weight -6"),
        ("M,1,2,3,4,5,6,7,0", "rings_out_of_range", "rings 0"),
        ("M,1,2,3,4,5,6,7,101", "rings_out_of_range", "rings 101"),
        ("M,1,2,3,4,5,6,7,8.5", "rings_out_of_range", "rings 8.5"),
    ],
)
def test_a_bad_record_is_named(text: str, reason: str, says: str) -> None:
    with pytest.raises(RecordError, match=says) as caught:
        parse_record(text, COLUMNS)
    assert caught.value.reason == reason
    assert reason in REASONS


def test_serving_expects_eight_columns() -> None:
    with pytest.raises(RecordError, match="9 columns where 8"):
        parse_record(GOOD, FEATURES)


def test_header_only_with_exactly_these_names() -> None:
    assert is_header(",".join(COLUMNS) + "\r\n", COLUMNS)
    assert is_header("\ufeff" + ",".join(COLUMNS), COLUMNS)
    assert not is_header(",".join(reversed(COLUMNS)), COLUMNS)
    assert not is_header(GOOD, COLUMNS)


def test_blank_lines_are_no_rows() -> None:
    assert is_blank(" \t\r\n")
    assert not is_blank(",")
