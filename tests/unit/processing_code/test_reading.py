from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from abalone.reading import Reading, read_sources
from abalone.schema import COLUMNS
from abalone.sources import find_sources, fingerprint, is_synthetic
from tabular.failure import JobError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "M,0.455,0.365,0.095,0.514,0.2245,0.101,0.15,15"
HEADER = ",".join(COLUMNS)


def read(folder: Path, **files: str | bytes) -> Reading:
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (folder / f"{name}.csv").write_bytes(raw)
    return read_sources(find_sources(folder))


def ids(reading: Reading) -> list[int]:
    return reading.rows["row_id"].to_list()


def test_rows_are_numbered_over_the_files_in_name_order(tmp_path: Path) -> None:
    nested = tmp_path / "a"
    nested.mkdir()
    (nested / "first.csv").write_text(f"{GOOD}\n{GOOD}\n")
    reading = read(tmp_path, b=f"{HEADER}\nM,bad\n{GOOD}\n", c=GOOD)
    assert ids(reading) == [1, 2, 4, 5]
    (fault,) = reading.set_aside
    assert (fault.row_id, fault.file, fault.line, fault.text) == (3, "b.csv", 2, "M,bad")


def test_line_ends_marks_and_missing_last_newline_do_not_matter(tmp_path: Path) -> None:
    reading = read(tmp_path, a=f"\ufeff{GOOD}\r\n{GOOD}\r\n{GOOD}")
    assert ids(reading) == [1, 2, 3]
    assert reading.rows["sex"].to_list() == ["M"] * 3
    assert reading.rows["rings"].to_list() == [15] * 3


def test_blank_lines_are_not_counted_as_rows(tmp_path: Path) -> None:
    reading = read(tmp_path, a=f"\n{GOOD}\n  \nX,1\n\n{GOOD}\n\n\n")
    assert ids(reading) == [1, 3]
    (fault,) = reading.set_aside
    assert (fault.row_id, fault.line) == (2, 4)
    assert reading.read == 3


def test_a_row_that_only_looked_odd_is_kept_in_its_place(tmp_path: Path) -> None:
    odd = "M ,0.455 ,0.365,0.095,0.514,0.2245,0.101,0.15, 15 "
    reading = read(tmp_path, a=f"{GOOD}\n{odd}\n{GOOD}\n")
    assert ids(reading) == [1, 2, 3]
    assert reading.rows.drop("row_id").unique().height == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("M,1,2,3,4,5,6,7", "wrong_column_count"),
        ("M,1,2,3,4,5,6,7,8,9", "wrong_column_count"),
        ("M,1,2,3,4,5,6,7,8,9,10,11,12", "wrong_column_count"),
        ("M,1,2,3,4,5,6,7,8,", "wrong_column_count"),
        ("no commas at all", "wrong_column_count"),
        ("U,1,2,3,4,5,6,7,8", "unknown_sex"),
        ("M,1,x,3,4,5,6,7,8", "not_a_number"),
        ("M,1,2,3,4,5,6,NaN,8", "not_finite"),
        ("M,1,2,inf,4,5,6,7,8", "not_finite"),
        ("M,1,2,3,4,5,6,0,8", "not_positive"),
        ("M,1,2,3,4,5,6,7,8.5", "rings_out_of_range"),
        ("M,1,2,3,4,5,6,7,-1", "rings_out_of_range"),
    ],
)
def test_every_kind_of_bad_row_is_set_aside(tmp_path: Path, line: str, reason: str) -> None:
    reading = read(tmp_path, a=f"{GOOD}\n{line}\n{GOOD}\n")
    assert ids(reading) == [1, 3]
    assert [(row.row_id, row.reason, row.text) for row in reading.set_aside] == [(2, reason, line)]


def test_bytes_that_are_no_text_are_set_aside_not_fatal(tmp_path: Path) -> None:
    reading = read(tmp_path, a=GOOD.encode() + b"\n\xff\xfe\x00,1\n" + GOOD.encode())
    assert ids(reading) == [1, 3]
    assert reading.set_aside[0].text.startswith("\ufffd")


def test_a_quote_does_not_swallow_lines(tmp_path: Path) -> None:
    reading = read(tmp_path, a=f'{GOOD}\n"M,1\n{GOOD}\n{GOOD}\n')
    assert ids(reading) == [1, 3, 4]


@pytest.mark.parametrize(
    ("content", "says"),
    [("", "a.csv is empty"), (HEADER, "a.csv has no data rows"), ("\n\n", "has no data rows")],
)
def test_a_file_without_rows_is_refused(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(JobError, match=says):
        read(tmp_path, a=content, b=GOOD)


def test_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "abalone.txt").write_text(GOOD)
    with pytest.raises(JobError, match=r"no \*\.csv or \*\.data below"):
        find_sources(tmp_path)


def test_the_file_may_have_the_name_that_uci_gives_it(tmp_path: Path) -> None:
    for name in ("abalone.data", "MORE.CSV", "abalone.data.json", "abalone.names"):
        (tmp_path / name).write_text("M,1\n")
    assert [source.name for source in find_sources(tmp_path)] == ["MORE.CSV", "abalone.data"]


def test_the_fingerprint_is_that_of_the_bytes_in_name_order(tmp_path: Path) -> None:
    import hashlib

    (tmp_path / "b.csv").write_text("two")
    (tmp_path / "a.csv").write_text("one")
    assert fingerprint(find_sources(tmp_path)) == hashlib.sha256(b"onetwo").hexdigest()


@pytest.mark.parametrize(
    ("marker", "synthetic"),
    [('{"synthetic": true}', True), ('{"synthetic": false}', False), ("[]", False), (None, False)],
)
def test_only_a_marker_makes_data_synthetic(
    tmp_path: Path, marker: str | None, synthetic: bool
) -> None:
    if marker:
        (tmp_path / "a.csv.json").write_text(marker)
    assert is_synthetic(tmp_path) is synthetic


def test_a_marker_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv.json").write_text("{synthetic")
    with pytest.raises(JobError, match=r"a\.csv\.json beside the data is not JSON"):
        is_synthetic(tmp_path)


@pytest.mark.parametrize("ending", [",", ",,", ",,x", ",,,", ", "])
def test_empty_fields_at_the_end_are_seen(tmp_path: Path, ending: str) -> None:
    reading = read(tmp_path, a=f"{HEADER}\n{GOOD}\n\nM,bad\n{GOOD}{ending}\n{GOOD}\n")
    assert ids(reading) == [1, 4]
    assert [fault.row_id for fault in reading.set_aside] == [2, 3]


def test_good_rows_are_never_read_again_as_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fast path must stay the path of good data: the careful one is thirty times slower."""

    def judged(fields: list[str], *_: object) -> object:
        raise AssertionError(f"judged as text: {fields[0]}")

    monkeypatch.setattr("abalone.suspects.parse_fields", judged)
    read(tmp_path, a=f"{HEADER}\n{GOOD}\r\n\n{GOOD}\n", b=f"{GOOD}\n{GOOD}")
    with pytest.raises(AssertionError, match="judged as text: X"):
        read(tmp_path, c=f"{GOOD}\n{GOOD.replace('M', 'X')}\n")
