from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
import pytest

import inference
from abalone import payload
from abalone.model import Model
from abalone.payload import PayloadError, read_payload
from abalone.schema import FEATURES, MEASUREMENTS

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [
    "M,0.455,0.365,0.095,0.514,0.2245,0.101,0.15",
    "I,0.33,0.255,0.08,0.205,0.0895,0.0395,0.055",
]
HEADER = ",".join(FEATURES)


def answer(model: Path, body: bytes | str, accept: str = "text/csv") -> tuple[str, str]:
    loaded = inference.model_fn(str(model))
    return inference.output_fn(
        inference.predict_fn(inference.input_fn(body, "text/csv; charset=utf-8"), loaded), accept
    )


def test_the_test_rows_get_the_predictions_of_the_model(trained: Path) -> None:
    table = pq.read_table(trained / "processing/output/test/test.parquet").to_pylist()
    lines = [",".join(str(row[name]) for name in FEATURES) for row in table]
    body, kind = answer(trained / "model", "\n".join(lines))
    assert kind == "text/csv"
    columns = {name: np.array([row[name] for row in table]) for name in FEATURES}
    expected = Model.load(trained / "model").predict(columns)
    answers = np.array([line.split(",") for line in body.split("\n")], dtype=np.float32)
    assert np.array_equal(answers[:, 0], expected)
    assert np.all(answers[:, 1] < answers[:, 0])
    assert np.all(answers[:, 0] < answers[:, 2])


def test_header_bytes_and_line_ends_do_not_matter(trained: Path) -> None:
    plain, _ = answer(trained / "model", "\n".join(ROWS))
    assert not plain.endswith("\n")
    other, _ = answer(trained / "model", "\r\n".join([HEADER, *ROWS, ""]).encode())
    assert other == plain


@pytest.mark.parametrize("accept", ["application/json", "application/json; q=1, text/csv"])
def test_json_on_request(trained: Path, accept: str) -> None:
    body, kind = answer(trained / "model", "\n".join(ROWS), accept)
    plain, _ = answer(trained / "model", "\n".join(ROWS), "*/*")
    assert kind == "application/json"
    rows = [map(float, line.split(",")) for line in plain.split("\n")]
    named = [dict(zip(("prediction", "lower", "upper"), row, strict=True)) for row in rows]
    assert json.loads(body) == {"predictions": named}


def test_other_types_are_refused() -> None:
    with pytest.raises(PayloadError, match="'application/json' is not understood: send text/csv"):
        inference.input_fn("{}", "application/json")
    zeros = dict.fromkeys(("prediction", "lower", "upper"), np.zeros(1, dtype=np.float32))
    with pytest.raises(PayloadError, match="cannot answer as 'image/png'"):
        inference.output_fn(zeros, "image/png")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "no records"),
        (HEADER + "\n", "no records"),
        (f"{ROWS[0]}\nM,1,2", "1 of 2 records are unusable: row 2: 3 columns where 8"),
        (f"{HEADER}\n{ROWS[0]},9", "row 1: 9 columns where 8"),
        (f"{ROWS[0]},\n{ROWS[1]},", "row 1: 9 columns where 8"),
        (f"\n{ROWS[0]}\n\nX,1,2,3,4,5,6,7", "row 2: sex 'X'"),
        ("M,1,2,3,4,5,6,NaN", "row 1: shell_weight 'NaN' is not finite"),
        ("M,1,2,0,4,5,6,7", "row 1: height 0 is not positive"),
        ("M,1,2,,4,5,6,7", "row 1: height '' is not a number"),
        (b"\xff,1,2,3,4,5,6,7", "row 1: sex"),
        ("\n".join(["X"] * 9), "9 of 9 records .* row 5: .*; and 4 more"),
    ],
)
def test_bad_records_are_named(body: str | bytes, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        read_payload(body)


@pytest.mark.parametrize(
    "body",
    ["\n".join(ROWS), "\r\n".join([HEADER, *ROWS]), "\n\n".join(ROWS) + "\n\n"],
)
def test_both_paths_read_the_same(body: str) -> None:
    raw = body.encode()
    fast, careful = payload._read_fast(raw), payload._read_carefully(raw)
    assert fast is not None, "good records take the fast path"
    for name in FEATURES:
        assert np.array_equal(fast[name], careful[name]), name
    assert {fast[name].dtype for name in MEASUREMENTS} == {np.dtype(np.float64)}


def test_names_are_recognised_or_refused_and_never_a_record() -> None:
    rows = "\n".join(ROWS)
    plain = read_payload(rows)
    for names in (HEADER.title(), HEADER.upper().replace("_", " ")):
        found = read_payload(f"{names}\n{rows}")
        assert all(np.array_equal(found[name], plain[name]) for name in FEATURES)
    swapped = ",".join([FEATURES[0], FEATURES[2], FEATURES[1], *FEATURES[3:]])
    with pytest.raises(PayloadError, match="names 8 columns, but not these in this order: sex,l"):
        read_payload(f"{swapped}\n{rows}")


def test_odd_but_good_records_take_the_careful_path() -> None:
    odd = f" {ROWS[0].replace(',', ' , ')} "
    assert payload._read_fast(odd.encode()) is None
    assert read_payload(odd)["length"].tolist() == [0.455]


def test_the_artefact_serves_with_its_own_code_alone(trained: Path) -> None:
    """As in the container: only the artefact's code folder is on the path."""
    program = (
        "import inference, sys\n"
        "model = inference.model_fn(sys.argv[1])\n"
        "columns = inference.input_fn(sys.argv[2], 'text/csv')\n"
        "print(inference.output_fn(inference.predict_fn(columns, model), 'text/csv')[0])\n"
    )
    model = trained / "model"
    done = subprocess.run(
        [sys.executable, "-c", program, str(model), ROWS[0]],
        cwd=model / "code",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == answer(model, ROWS[0])[0]
