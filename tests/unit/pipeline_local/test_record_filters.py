"""Filters and joins of batch transform, by the forms that the guide documents."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.steps.record_filters import (
    join_records,
    parse_filter,
    read_record,
    write_record,
)

ROW = ["7", "a", "b", "c"]
OBJECT = {"id": 3, "features": [1, 2], "deep": {"x": 5}}


@pytest.mark.parametrize(
    ("text", "record", "kept"),
    [
        ("$", ROW, ROW),
        ("$[1:]", ROW, ["a", "b", "c"]),
        ("$[:-1]", ROW, ["7", "a", "b"]),
        ("$[0,2:]", ROW, ["7", "b", "c"]),
        ("$[0, -1]", ROW, ["7", "c"]),
        ("$[1]", ROW, "a"),
        ("$[*]", ROW, ROW),
        ("$.features", OBJECT, [1, 2]),
        ("$.deep.x", OBJECT, 5),
        ("$['features'][0]", OBJECT, 1),
        ("$['id','deep']", OBJECT, {"id": 3, "deep": {"x": 5}}),
        ("$.deep.*", OBJECT, [5]),
    ],
)
def test_a_filter_keeps_its_part(text: str, record: Any, kept: Any) -> None:
    assert parse_filter(text).select(record) == kept


@pytest.mark.parametrize("text", ["", "1:", "$[", "$[a]", "$..id", "$[?(@.x)]", "$[1:2:3]"])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(MlopsError, match=r"JSONPath|neither"):
        parse_filter(text)


@pytest.mark.parametrize(("text", "record"), [("$[9]", ROW), ("$.none", OBJECT), ("$[1:]", OBJECT)])
def test_a_filter_that_finds_nothing_says_so(text: str, record: Any) -> None:
    with pytest.raises(MlopsError, match="matches nothing"):
        parse_filter(text).select(record)


def test_csv_keeps_quotes_where_they_are_needed() -> None:
    row = read_record(b'1,"a,b",c', "csv")
    assert row == ["1", "a,b", "c"]
    assert write_record(row[1:], "csv") == b'"a,b",c'
    with pytest.raises(MlopsError, match="not JSON"):
        read_record(b"{", "json")


def test_joins() -> None:
    assert join_records(["1", "2"], ["9"], "csv") == ["1", "2", "9"]
    assert join_records({"id": 1}, 9, "json") == {"id": 1, "SageMakerOutput": 9}
    assert join_records([1], 9, "json") == {"SageMakerInput": [1], "SageMakerOutput": 9}
