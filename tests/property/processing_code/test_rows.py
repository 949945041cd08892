"""Every row ends somewhere, once; and what a row is decides where, not where it stood."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import preprocess
from abalone.reading import read_sources
from abalone.records import RecordError, is_header, parse_record
from abalone.schema import COLUMNS, FEATURES, MEASUREMENTS
from abalone.sources import find_sources
from abalone.split import assign
from abalone.transformer import Transformer
from mlops.data.generate import draw, to_csv
from tabular.fields import is_blank

GOOD = to_csv(draw(60, seed=9)).splitlines()
ODD_FIELDS = (
    "",
    " ",
    "0",
    "-0",
    "-1",
    "nan",
    "inf",
    "1e400",
    "1e-400",
    "x",
    "1_0",
    "0x1",
    "+2",
    ".5",
)
ODD_FIELDS += (
    "5.",
    "1e1",
    "\u0661",
    "M",
    "8.5",
    "8.0",
    "101",
    "1,2",
    "1\t",
    "\x00",
    "True",
    "\r",
)

fields = st.one_of(
    st.sampled_from(ODD_FIELDS),
    st.floats(allow_nan=True, allow_infinity=True).map(str),
    st.text(alphabet="MIF0123456789.eE+-_ \t'naif,", max_size=6),
)


@st.composite
def spoilt(draw_from: st.DrawFn) -> str:
    """A good record with some fields replaced, dropped or added."""
    parts = draw_from(st.sampled_from(GOOD)).split(",")
    for _ in range(draw_from(st.integers(0, 2))):
        parts[draw_from(st.integers(0, len(parts) - 1))] = draw_from(fields)
    change = draw_from(st.sampled_from(("", "", "", "drop", "add")))
    if change == "drop":
        parts.pop()
    if change == "add":
        parts.append(draw_from(fields))
    return ",".join(parts)


# Quotes join lines, and are tried with the other forms of a file.
texts_of_any_kind = st.text(max_size=30).filter(lambda text: '"' not in text)
lines = st.one_of(st.sampled_from(GOOD), spoilt(), texts_of_any_kind, st.just(""))
texts = st.lists(lines, max_size=25).map("\n".join)
quick = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


def is_good(line: str) -> bool:
    try:
        parse_record(line, COLUMNS)
    except RecordError:
        return False
    return True


def rows_of(content: str) -> list[str]:
    """The rows of a file as a plain loop sees them."""
    kept = [line for line in content.encode(errors="replace").decode().split("\n") if line]
    if kept and content.startswith(kept[0]) and is_header(kept[0], COLUMNS):
        del kept[0]
    return [line for line in kept if not is_blank(line)]


@quick
@example(content="\r:", end="\n", header=False, seed=0)
@given(texts, st.sampled_from(("\n", "\r\n")), st.booleans(), st.integers(0, 2**31))
def test_every_row_ends_in_exactly_one_place(
    content: str, end: str, header: bool, seed: int
) -> None:
    content = "\n".join([*([",".join(COLUMNS)] if header else []), *GOOD, content])
    rows = rows_of(content)
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        root = Path(name)
        patch.setenv("ML_ROOT", name)
        data = root / "processing/input/data/a.csv"
        data.parent.mkdir(parents=True)
        data.write_bytes(content.replace("\n", end).encode(errors="replace"))
        assert preprocess.main(["--set-aside-limit", "1", "--seed", str(seed)]) == 0
        output = root / "processing/output"
        places: dict[int, list[str]] = {}
        for part in ("train", "validation", "test"):
            for row in pq.read_table(output / part / f"{part}.parquet")["row_id"].to_pylist():
                places.setdefault(row, []).append(part)
        with (output / "report/set_aside.csv").open(newline="", encoding="utf-8") as file:
            for entry in csv.DictReader(file):
                places.setdefault(int(entry["row_id"]), []).append("set aside")
    assert sorted(places) == list(range(1, len(rows) + 1))
    for number, where in places.items():
        assert len(where) == 1, number
        # The fast reader and the careful judge agree on every row.
        assert (where != ["set aside"]) == is_good(rows[number - 1]), rows[number - 1]


@quick
@given(st.randoms(use_true_random=False), st.integers(0, 1000), st.integers(1, 3))
def test_the_split_does_not_depend_on_order_or_files(
    random: st.random.Random, seed: int, files: int
) -> None:
    shuffled = list(GOOD)
    random.shuffle(shuffled)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def splits(rows: list[str], count: int) -> dict[str, int]:
            for old in folder.glob("*.csv"):
                old.unlink()
            size = -(-len(rows) // count)
            for start in range(0, len(rows), size):
                (folder / f"{start:03}.csv").write_text("\n".join(rows[start : start + size]))
            reading = read_sources(find_sources(folder))
            columns = preprocess.to_columns(reading.rows)
            found = assign(columns, seed=seed, validation_share=0.2, test_share=0.2)
            return {
                rows[row_id - 1]: int(split)
                for row_id, split in zip(reading.rows["row_id"], found, strict=True)
            }

        assert splits(GOOD, 1) == splits(shuffled, files)


positive = st.floats(1e-6, 1e6)
tables = st.lists(
    st.tuples(st.sampled_from("FIM"), *[positive] * len(MEASUREMENTS)), min_size=1, max_size=20
).map(
    lambda rows: {
        name: np.array([row[at] for row in rows], dtype="U1" if at == 0 else np.float64)
        for at, name in enumerate(FEATURES)
    }
)


@quick
@given(tables, tables)
def test_a_transformer_survives_its_file_bit_for_bit(
    train: dict[str, np.ndarray], other: dict[str, np.ndarray]
) -> None:
    fitted = Transformer.fit(train)
    with tempfile.TemporaryDirectory() as name:
        fitted.save(Path(name) / "transformer.json")
        loaded = Transformer.load(Path(name) / "transformer.json")
    assert loaded == fitted
    matrix = loaded.transform(other)
    assert np.array_equal(matrix, fitted.transform(other), equal_nan=True)
    assert not np.isnan(matrix).any()
