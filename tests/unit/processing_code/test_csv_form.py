"""Files as a spreadsheet, R or a database writes them, read as the plain file or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from abalone.delivered_file import find_files
from abalone.delivery import Delivery, read_delivery
from abalone.reading import read_sources
from abalone.schema import COLUMNS, FEATURES, MEASUREMENTS
from abalone.sources import find_sources
from tabular.csv_form import find_form
from tabular.failure import JobError
from tabular.names import Vocabulary

if TYPE_CHECKING:
    from pathlib import Path

ROWS = (
    ("M", "0.455", "0.365", "0.095", "0.514", "0.2245", "0.101", "0.15"),
    ("F", "0.53", "0.42", "0.135", "0.677", "0.2565", "0.1415", "0.21"),
    ("I", "0.33", "0.255", "0.08", "0.205", "0.0895", "0.0395", "0.055"),
)
IDS = ("007", "9007199254740993", " a b ")
SPELLINGS = {
    "capitals": [name.upper() for name in FEATURES],
    "first letters": [name.capitalize() for name in FEATURES],
    "spaces": [name.capitalize().replace("_", " ") for name in FEATURES],
    "points": [name.replace("_", ".") for name in FEATURES],
    "hyphens": [f" {name.replace('_', '-')} " for name in FEATURES],
    "camels": [name.title().replace("_", "") for name in FEATURES],
}


def lines_of(names: list[str], separator: str = ",", identity: str = "id") -> list[str]:
    rows = zip(IDS, ROWS, strict=True)
    return [
        separator.join([identity, *names]),
        *(separator.join([name, *row]) for name, row in rows),
    ]


def read(folder: Path, content: str | bytes, name: str = "batch.csv") -> Delivery:
    raw = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(raw)
    return read_delivery(folder, find_files(folder), "made")


def assert_plain(delivery: Delivery, ids: tuple[str, ...] = IDS) -> None:
    assert delivery.set_aside.height == 0
    assert tuple(delivery.good["id"]) == ids
    assert delivery.good["sex"].to_list() == [row[0] for row in ROWS]
    for at, name in enumerate(MEASUREMENTS, start=1):
        assert delivery.good[name].to_list() == [float(row[at]) for row in ROWS]


@pytest.mark.parametrize("names", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("identity", ["id", "ID", "Id"])
def test_names_are_recognised_however_they_are_written(
    tmp_path: Path, names: list[str], identity: str
) -> None:
    delivery = read(tmp_path, "\n".join(lines_of(names, identity=identity)))
    assert_plain(delivery)
    (note,) = delivery.notes
    if [name.lower() for name in names] == list(FEATURES):
        assert note == "batch.csv: names in another case recognised"
    else:
        assert "weight as viscera_weight" in note or "Weight as viscera_weight" in note


def test_names_in_another_order_are_never_a_row(tmp_path: Path) -> None:
    names = ["Diameter", "Length", "Sex", *(name.title() for name in FEATURES[3:])]
    rows = [",".join((row[2], row[1], row[0], *row[3:])) for row in ROWS]
    made = tuple(f"made-{number}" for number in (1, 2, 3))
    assert_plain(read(tmp_path, "\n".join([",".join(names), *rows])), made)
    assert_plain(read(tmp_path, "\n".join(["", "  ", ",".join(names), *rows])), made)


@pytest.mark.parametrize(
    ("separator", "said"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")]
)
def test_separators_are_recognised_and_said(tmp_path: Path, separator: str, said: str) -> None:
    delivery = read(tmp_path, "\n".join(lines_of(list(FEATURES), separator)))
    assert_plain(delivery)
    assert delivery.notes == (f"batch.csv: fields separated by {said}",)
    rows = "\n".join(separator.join(row) for row in ROWS)
    assert_plain(read(tmp_path, rows), ("made-1", "made-2", "made-3"))


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", ""),
        ("utf-8-sig", "UTF-8 with a byte-order mark"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16 without a byte-order mark"),
        ("utf-16-be", "UTF-16 without a byte-order mark"),
        ("utf-32", "UTF-32"),
        ("latin-1", "Latin-1"),
    ],
)
def test_encodings_are_recognised_and_said(tmp_path: Path, encoding: str, said: str) -> None:
    text = "\r\n".join(lines_of(list(FEATURES))).replace("\n007", "\nKöln-é")
    delivery = read(tmp_path, text.encode(encoding))
    assert_plain(delivery, ("Köln-é", *IDS[1:]))
    assert delivery.notes == ((f"batch.csv: read as {said}",) if said else ())


def test_quotes_hold_separators_quotes_and_lines(tmp_path: Path) -> None:
    names = ",".join(f'"{name}"' for name in ("note", "id", *FEATURES))
    notes = ('"a, b"', '"said ""no"""', '"two\r\nlines"')
    ids = ("1,5", 'x"y', "l1\nl2")
    quoted = ['"1,5"', '"x""y"', '"l1\nl2"']
    rows = [
        ",".join([note, name, *(f'"{field}"' for field in row)])
        for note, name, row in zip(notes, quoted, ROWS, strict=True)
    ]
    delivery = read(tmp_path, "\r\n".join([names, *rows, ""]))
    assert_plain(delivery, ids)
    assert delivery.good["note"].to_list() == ["a, b", 'said "no"', "two\r\nlines"]


def test_a_quote_that_is_not_closed_spoils_one_line(tmp_path: Path) -> None:
    lines = [f"note,{','.join(FEATURES)}", *(f'"n",{",".join(row)}' for row in ROWS)]
    lines.insert(2, f'"open,{",".join(ROWS[0])}')
    lines.insert(4, f'5" wide,{",".join(ROWS[0])}')
    delivery = read(tmp_path, "\n".join(lines))
    assert delivery.good["row"].to_list() == [1, 3, 4, 5]
    assert delivery.good["note"].to_list() == ["n", "n", '5" wide', "n"]
    assert delivery.set_aside.select("row", "reason").rows() == [(2, "broken_quotes")]


@pytest.mark.parametrize("row", ["a1,9,5", '"a1",9,5', "9,5,7.5", "a1, -9,5 "])
def test_a_decimal_comma_is_not_taken_for_rs_row_names(tmp_path: Path, row: str) -> None:
    path = tmp_path / "truth.csv"
    path.write_text(f"id,Rings\n{row}\n")
    with pytest.raises(
        JobError, match=r"^truth.csv: its rows have one field more .* decimal comma"
    ):
        find_form(path, path.name, Vocabulary(["id", "rings"]))
    path.write_text('id,Rings\n"1","a1",9\n')
    assert find_form(path, path.name, Vocabulary(["id", "rings"])).columns == ("", "id", "rings")


def test_rs_row_names_are_left_out(tmp_path: Path) -> None:
    quoted = [f'"{name}"' for name in FEATURES]
    rows = [f'"{n}","{row[0]}",{",".join(row[1:])}' for n, row in enumerate(ROWS, start=1)]
    made = ("made-1", "made-2", "made-3")
    # As write.csv, as pandas, and as write.table name the columns.
    for names in (['""', *quoted], ["", *FEATURES], quoted):
        delivery = read(tmp_path, "\n".join([",".join(names), *rows]))
        assert_plain(delivery, made)
        assert delivery.notes == ("batch.csv: columns without a name are left out",)
        assert set(delivery.good.columns) == {"row", "id", *FEATURES}


def test_ids_of_parquet_keep_their_digits(tmp_path: Path) -> None:
    columns = {name: [row[at] for row in ROWS] for at, name in enumerate(FEATURES)}
    frame = pl.DataFrame({"ID": [7, 2**53 + 1, 3], **columns})
    frame.write_parquet(tmp_path / "a.parquet")
    assert_plain(read_delivery(tmp_path, find_files(tmp_path), "b"), ("7", str(2**53 + 1), "3"))
    frame.with_columns(pl.col("ID").cast(pl.Float64)).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(JobError, match=r"a\.parquet: column id holds floating-point numbers"):
        read_delivery(tmp_path, find_files(tmp_path), "b")
    frame.with_columns(id=pl.lit("x")).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(JobError, match="names a column twice"):
        read_delivery(tmp_path, find_files(tmp_path), "b")


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_suspect_rows_id_is_kept_as_it_came(tmp_path: Path, quote: str) -> None:
    odd = f"{quote} 0 1 {quote}, M , .455," + ",".join(ROWS[0][2:])
    delivery = read(tmp_path, f"id,{','.join(FEATURES)}\n{odd}\n 2 ,X,1,1,1,1,1,1,1\n")
    assert delivery.good["id"].to_list() == [" 0 1 "]
    assert delivery.set_aside["id"].to_list() == [" 2 "]


def test_lines_that_are_no_text_are_set_aside_and_others_kept(tmp_path: Path) -> None:
    lines = [line.encode() for line in lines_of(list(FEATURES))]
    lines[1] = lines[1].replace(b"007", "Zürich".encode())
    lines[3] = lines[3].replace(b" a b ", b"Z\xfcrich")
    delivery = read(tmp_path, b"\n".join(lines))
    assert delivery.good["id"].to_list() == ["Zürich", IDS[1]]
    assert delivery.set_aside.select("row", "reason").rows() == [(3, "not_text")]


def test_old_line_ends_are_recognised(tmp_path: Path) -> None:
    assert_plain(read(tmp_path, "\r".join(lines_of(list(FEATURES)))))


REFUSED = {
    "its first line names none of the columns": "Geschlecht,Laenge,Hoehe\nM,1,2\n",
    "its first line names a column twice: sex, Sex": f"sex,Sex,{','.join(FEATURES[1:])}\n",
    "line 2: its encoding is neither UTF-8, UTF-16 nor Latin-1": b"id,sex\n\x80,M\n",
    "has 1 columns and no line that names them": "exported today\n" + "\n".join(lines_of([])),
    "names the columns, .*, in another order": "\n".join(
        [",".join(row) for row in ROWS] + ["Sex,Diameter,Length," + ",".join(FEATURES[3:])]
    ),
    "has no data rows": "\n \n",
    "is Parquet: let its name end in": b"PAR1\x15\x04",
    "is a spreadsheet or an archive: save it": b"PK\x03\x04\x14",
    "is compressed: unpack it": b"\x1f\x8b\x08",
    "is not whole as UTF-16": "\n".join(lines_of(list(FEATURES))).encode("utf-16")[:-1],
}


@pytest.mark.parametrize(("said", "content"), REFUSED.items())
def test_what_is_not_recognised_is_refused(tmp_path: Path, said: str, content: str | bytes) -> None:
    with pytest.raises(JobError, match=said):
        read(tmp_path, content)


def test_decimal_commas_are_set_aside_with_what_to_do(tmp_path: Path) -> None:
    rows = [";".join(row).replace(".", ",") for row in ROWS]
    for lines in (rows, [";".join(FEATURES), *rows]):
        delivery = read(tmp_path, "\n".join(lines))
        assert delivery.good.height == 0
        details = delivery.set_aside["detail"]
        assert details[0] == "length '0,455' is not a number: write a decimal point"


def test_training_reads_the_same_forms(tmp_path: Path) -> None:
    plain = tmp_path / "plain.csv"
    plain.write_text("\n".join(",".join((*row, "9")) for row in ROWS))
    expected = read_sources(find_sources(tmp_path)).rows
    plain.unlink()
    names = ";".join(["Key", "RINGS", *reversed([name.title() for name in FEATURES])])
    rows = [";".join([f'"k;\n{row[0]}"', "9", *reversed(row)]) for row in ROWS]
    (tmp_path / "other.csv").write_bytes("\r\n".join([names, *rows, ";;"]).encode("utf-16"))
    reading = read_sources(find_sources(tmp_path))
    assert reading.rows.equals(expected)
    (fault,) = reading.set_aside
    # Each row has two lines.
    assert (fault.row_id, fault.line, fault.reason) == (4, 8, "wrong_column_count")
    assert "read as UTF-16; fields separated by semicolons" in reading.notes[0]
    (tmp_path / "other.csv").write_text("id,Sex\na,M\n")
    with pytest.raises(JobError, match=r"other\.csv has no column length, diameter"):
        read_sources(find_sources(tmp_path))
    assert set(COLUMNS) < set(expected.columns)
