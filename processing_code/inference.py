"""The model's server: script mode of SageMaker's XGBoost image, on an endpoint or in a batch job.

Takes `text/csv` lines of the eight raw columns and answers for each record the prediction and the
ends of its 90 % interval, as `text/csv` or `application/json`. The transformer is the one that was
fitted in training.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from abalone.model import ANSWER, Model
from abalone.payload import PayloadError, read_payload

if TYPE_CHECKING:
    from abalone.schema import Columns

CSV = "text/csv"
JSON = "application/json"


def model_fn(model_dir: str) -> Model:
    """Load the model once, when the server starts."""
    return Model.load(Path(model_dir))


def _media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()


def input_fn(request_body: bytes | str, content_type: str) -> Columns:
    """Read the `text/csv` records of a request, see `read_payload`."""
    if _media_type(content_type) != CSV:
        raise PayloadError(f"content type {content_type!r} is not understood: send {CSV}")
    return read_payload(request_body)


def predict_fn(columns: Columns, model: Model) -> Columns:
    """Predict `prediction`, `lower` and `upper` of each record."""
    return model.answer(columns)


def output_fn(answers: Columns, accept: str) -> tuple[str, str]:
    """Write the answer as `text/csv` (also for `*/*` or nothing) or `application/json`.

    CSV is `prediction,lower,upper` a line without a line end at the end, because a batch job that
    assembles by line adds it; JSON is
    `{"predictions": [{"prediction": 9.1, "lower": 6.9, "upper": 12.8}, ...]}`.
    """
    wanted = [_media_type(part) for part in accept.split(",")]
    # The shortest texts that give the float32 back.
    texts = list(zip(*([str(value) for value in answers[name]] for name in ANSWER), strict=True))
    for kind in wanted:
        if kind in (CSV, "text/*", "*/*", ""):
            return "\n".join(",".join(row) for row in texts), CSV
        if kind == JSON:
            named = [dict(zip(ANSWER, map(float, row), strict=True)) for row in texts]
            return json.dumps({"predictions": named}), JSON
    raise PayloadError(f"cannot answer as {accept!r}: ask for {CSV} or {JSON}")
