"""The data file that a deployment delivers: whose it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from environments import SettingsError
from stacks.delivered_data import delivered_data

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BOTH = ("abalone", "flights")


@pytest.mark.parametrize(
    ("named", "data_sets", "place"),
    [
        ("flights=", BOTH, "flights"),
        ("abalone=", BOTH, "abalone"),
        ("", ("flights",), "flights"),
    ],
)
@pytest.mark.parametrize("file", ["rows.csv", "rows.DATA", "rows.tsv", "a=b.csv"])
def test_a_file_goes_to_its_data_set(
    tmp_path: Path, named: str, data_sets: Sequence[str], place: str, file: str
) -> None:
    (tmp_path / file).write_text("1\n")
    found = delivered_data(f"{named}{tmp_path / file}")
    assert found is not None
    assert (found.file, found.place_in(data_sets)) == (tmp_path / file, place)


@pytest.mark.parametrize(
    ("named", "data_sets", "words"),
    [
        ("", BOTH, "-c dataset=NAME=PATH; data sets: abalone, flights"),
        ("ships=", BOTH, "there is no data set ships; there are: abalone, flights"),
        ("flights=", (), "there are: none, as no pipeline declares a PROJECT"),
    ],
)
def test_a_file_of_nobody_is_refused(
    tmp_path: Path, named: str, data_sets: Sequence[str], words: str
) -> None:
    (tmp_path / "rows.csv").write_text("1\n")
    found = delivered_data(f"{named}{tmp_path / 'rows.csv'}")
    assert found is not None
    with pytest.raises(SettingsError, match=re.escape(words)):
        found.place_in(data_sets)


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [("none.csv", None, "no file"), ("rows.csv", "", "no data set"), ("a.xlsx", "1", "no data")],
)
def test_what_is_no_data_is_refused(
    tmp_path: Path, file: str, text: str | None, words: str
) -> None:
    if text is not None:
        (tmp_path / file).write_text(text)
    with pytest.raises(SettingsError, match=words):
        delivered_data(f"flights={tmp_path / file}")
