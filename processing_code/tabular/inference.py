"""The model's server, on an endpoint or in a batch job: script mode of SageMaker's images.

Takes `text/csv` lines of the schema's features, with or without their names, and answers for each
the schema's answers, as `text/csv` or `application/json`.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from tabular.model import Scorer
from tabular.names import Vocabulary
from tabular.values import convert

if TYPE_CHECKING:
    from collections.abc import Sequence

CSV, JSON = "text/csv", "application/json"
_NAMED_ROWS = 5


class PayloadError(ValueError):
    """A request that cannot be answered; the message names the rows."""


def model_fn(model_dir: str) -> Scorer:
    """Load the model once, when the server starts."""
    return Scorer(Path(model_dir))


def _media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()


def input_fn(request_body: bytes | str, content_type: str) -> list[list[str]]:
    """Split the records of a request."""
    if _media_type(content_type) != CSV:
        raise PayloadError(f"content type {content_type!r} is not understood: send {CSV}")
    try:
        text = request_body if isinstance(request_body, str) else request_body.decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise PayloadError(f"the request is no CSV in UTF-8: {error}") from None
    if not rows:
        raise PayloadError("the request has no records")
    return rows


def predict_fn(rows: Sequence[Sequence[str]], model: Scorer) -> pd.DataFrame:
    """Answer all records, or none: a missing answer would shift all that follow."""
    names = model.schema.features
    if Vocabulary(names).name_columns(rows[0]) == tuple(names):
        rows = rows[1:]
    odd = [
        f"record {at}: {len(row)} fields"
        for at, row in enumerate(rows, 1)
        if len(row) != len(names)
    ]
    if odd or not rows:
        raise PayloadError(f"{len(names)} fields are asked for ({', '.join(names)}): {_few(odd)}")
    texts = pd.DataFrame(list(map(list, rows)), columns=names, dtype=object)
    found = convert(texts, model.schema, names)
    if found.faults:
        raise PayloadError(
            _few([f"record {row + 1}: {why}" for row, (_, why) in found.faults.items()])
        )
    return model.answer(found.good)


def _few(problems: list[str]) -> str:
    more = f" and {len(problems) - _NAMED_ROWS} more" if problems[_NAMED_ROWS:] else ""
    return "; ".join(problems[:_NAMED_ROWS]) + more


def output_fn(answers: pd.DataFrame, accept: str) -> tuple[str, str]:
    """Write the answer as `text/csv` (also for `*/*` or nothing) or `application/json`."""
    for kind in [_media_type(part) for part in accept.split(",")]:
        if kind in (CSV, "text/*", "*/*", ""):
            text = answers.to_csv(index=False, header=False, lineterminator="\n")
            # A batch job that assembles by line adds the last line's end.
            return text.rstrip("\n"), CSV
        if kind == JSON:
            return json.dumps({"predictions": answers.to_dict("records")}), JSON
    raise PayloadError(f"cannot answer as {accept!r}: ask for {CSV} or {JSON}")
