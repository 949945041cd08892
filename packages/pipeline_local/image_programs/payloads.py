"""Requests and responses of the framework images: text to arrays and back.

Source: SageMaker AI developer guide, "Common data formats for inference".
"""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

from pipeline_local.image_programs.delimiters import of_request
from pipeline_local.image_programs.libsvm import read_libsvm
from pipeline_local.image_programs.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import xgboost

_PICKLE = b"\x80"  # begins what `pickle` has written since its second protocol
_SPARSE = "is_sparse"  # of a matrix of libsvm
_CSV, _JSON, _LIBSVM = "text/csv", "application/json", ("text/libsvm", "text/x-libsvm")
REQUESTS = (_CSV, _JSON, *_LIBSVM)


def media_type(header: str) -> str:
    """Return a content type without its parameters."""
    return header.partition(";")[0].strip().lower()


def load_booster(folder: Path) -> xgboost.Booster:
    """Load the artefact of XGBoost's algorithm mode."""
    import xgboost

    file = folder / "xgboost-model"
    if not file.is_file():
        raise Problem("the model archive contains no xgboost-model")
    content = file.read_bytes()
    if content.startswith(_PICKLE):
        loaded = pickle.loads(content)  # noqa: S301 - within the job, as in the container
        if not isinstance(loaded, xgboost.Booster):
            raise Problem(f"xgboost-model holds a {type(loaded).__name__}, and no Booster")
        return loaded
    # By its bytes: by a path without an extension XGBoost says that it guesses the format.
    return xgboost.Booster(model_file=bytearray(content))


def predict(booster: xgboost.Booster, data: xgboost.DMatrix) -> Any:
    """Predict with the best trees, where training stopped early.

    Refuses rows of another width than the model's, as the container does
    (github.com/aws/sagemaker-xgboost-container): one column less is taken, and any number less of
    libsvm, which names its columns.
    """
    width, wanted = data.num_col(), booster.num_features()
    if width > wanted or (width < wanted - 1 and not getattr(data, _SPARSE, False)):
        raise Problem(
            f"feature size of the inference data, {width}, is not consistent with that of the "
            f"trained model, {wanted}"
        )
    best = booster.attr("best_iteration")
    until = int(best) + 1 if best else 0
    return booster.predict(data, iteration_range=(0, until), validate_features=False)


def decode_array(
    body: bytes | str, content_type: str, *, sniffed: bool = False
) -> npt.NDArray[np.float32]:
    """Parse CSV or JSON into a table, missing values as NaN."""
    import numpy as np

    text = body if isinstance(body, str) else bytes(body).decode()
    kind = media_type(content_type)
    try:
        if kind == _CSV:
            rows = text.strip("\r\n").splitlines()
            if not rows:
                raise Problem("the request has no rows")
            between = of_request(rows[0]) if sniffed else ","
            lines = [
                [float(cell) if cell.strip() else np.nan for cell in row.split(between)]
                for row in rows
            ]
            return np.array(lines, dtype=np.float32, ndmin=2)
        if kind == _JSON:
            return np.array(json.loads(text), dtype=np.float32, ndmin=2)
    except ValueError as error:
        raise Problem(f"the request is not {kind} of numbers: {error}") from None
    raise Problem(f"content type {content_type!r} is not supported")


def decode_matrix(body: bytes | str, content_type: str) -> xgboost.DMatrix:
    """Parse CSV, JSON or libsvm as XGBoost's container does."""
    import xgboost

    if media_type(content_type) not in _LIBSVM:
        return xgboost.DMatrix(decode_array(body, content_type, sniffed=True))
    text = body if isinstance(body, str) else bytes(body).decode()
    matrix = xgboost.DMatrix(read_libsvm(text.strip().splitlines())[0])
    setattr(matrix, _SPARSE, True)
    return matrix


def encode(prediction: Any, accept: str, *, final_line_end: bool = False) -> bytes:
    """Write predictions as CSV or JSON."""
    import numpy as np

    rows = np.asarray(prediction).tolist()
    kinds = [media_type(part) for part in accept.split(",")]
    if _CSV in kinds or "*/*" in kinds:
        end = "\n" if final_line_end else ""
        lines = (",".join(map(str, row)) if isinstance(row, list) else str(row) for row in rows)
        return ("\n".join(lines) + end).encode()
    if _JSON in kinds:
        return json.dumps(rows).encode()
    raise Problem(f"cannot answer as {accept!r}: ask for {_CSV} or {_JSON}")
