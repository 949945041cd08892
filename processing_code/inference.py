"""Serve the model: script mode of SageMaker's XGBoost image, on an endpoint or in a batch job.

Takes `text/csv` lines of the eight raw columns and answers one prediction a record, as `text/csv`
or `application/json`. The transformer is the one that was fitted in training.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from abalone.model import Model
from abalone.payload import PayloadError, read_payload

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from abalone.schema import Columns

CSV = "text/csv"
JSON = "application/json"


def model_fn(model_dir: str) -> Model:
    """Load the model once, when the server starts.

    Parameters
    ----------
    model_dir : str
        The unpacked artefact.

    Returns
    -------
    Model
        Booster and transformer.
    """
    return Model.load(Path(model_dir))


def _media_type(header: str) -> str:
    """Return what stands before the parameters."""
    return header.partition(";")[0].strip().lower()


def input_fn(request_body: bytes | str, content_type: str) -> Columns:
    """Read the records of a request.

    Parameters
    ----------
    request_body : bytes or str
        Lines of `sex,length,diameter,height,whole_weight,shucked_weight,viscera_weight,
        shell_weight`, with or without a line of these names.
    content_type : str
        `text/csv`, perhaps with parameters.

    Returns
    -------
    Columns
        The raw columns.

    Raises
    ------
    PayloadError
        If the type is another, or records are bad; the message names the rows.
    """
    if _media_type(content_type) != CSV:
        raise PayloadError(f"content type {content_type!r} is not understood: send {CSV}")
    return read_payload(request_body)


def predict_fn(columns: Columns, model: Model) -> npt.NDArray[np.float32]:
    """Predict the rings.

    Parameters
    ----------
    columns : Columns
        What `input_fn` returned.
    model : Model
        What `model_fn` returned.

    Returns
    -------
    ndarray of float32
        One prediction a record.
    """
    return model.predict(columns)


def output_fn(predictions: npt.NDArray[np.float32], accept: str) -> tuple[str, str]:
    """Write the answer.

    Parameters
    ----------
    predictions : ndarray of float32
        What `predict_fn` returned.
    accept : str
        `text/csv` (also for `*/*` or nothing) or `application/json`.

    Returns
    -------
    tuple of str
        The body, and its content type. CSV is one number a line without a line end at the end,
        because a batch job that assembles by line adds it; JSON is `{"predictions": [...]}`.

    Raises
    ------
    PayloadError
        If another type is asked for.
    """
    wanted = [_media_type(part) for part in accept.split(",")]
    texts = [str(value) for value in predictions]  # the shortest text that gives the float32 back
    for kind in wanted:
        if kind in (CSV, "text/*", "*/*", ""):
            return "\n".join(texts), CSV
        if kind == JSON:
            return json.dumps({"predictions": [float(text) for text in texts]}), JSON
    raise PayloadError(f"cannot answer as {accept!r}: ask for {CSV} or {JSON}")
