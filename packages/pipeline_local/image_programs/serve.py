"""Model server for the requests of a transform job, like that of AWS's framework images.

In script mode it calls the handlers of `SAGEMAKER_PROGRAM`: `model_fn(model_dir)`, then for each
request `transform_fn(model, body, content_type, accept)`, or `input_fn(body, content_type)`,
`predict_fn(data, model)` and `output_fn(prediction, accept)`; those that are missing have the
framework's defaults. Without a program, XGBoost's algorithm mode loads `xgboost-model`.

Source: sagemaker-python-sdk, "Using XGBoost" and "Using Scikit-learn", "SageMaker model server".
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_local.image_programs.payloads import (
    decode_array,
    decode_matrix,
    encode,
    load_booster,
    media_type,
    predict,
)
from pipeline_local.image_programs.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

_TEXT = ("text/csv", "application/json", "application/jsonlines")
_FAILURE = Path("/opt/ml/output/failure")


@dataclass(frozen=True)
class Handlers:
    """The handler of requests: body, content type and accepted type to body and content type."""

    answer: Callable[[bytes, str, str], tuple[bytes, str]]


def main(spool: Path, framework: str, code: str) -> int:
    """Answer every request of the spool; return the exit status."""
    job = json.loads((spool / "job.json").read_text())
    answered = []
    try:
        handlers = load_handlers(framework, code)
        for number, content_type in enumerate(job["content_types"]):
            body = (spool / "requests" / str(number)).read_bytes()
            answer, kind = handlers.answer(body, content_type, job["accept"])
            (spool / "answers" / str(number)).write_bytes(answer)
            answered.append(kind)
    except Exception as error:  # noqa: BLE001 - whatever a handler raises fails the job with it
        traceback.print_exc()
        _FAILURE.write_text(f"{type(error).__name__}: {error}")
        return 1
    (spool / "answered.json").write_text(json.dumps(answered))
    return 0


def load_handlers(framework: str, code: str) -> Handlers:
    """Load the model in `SM_MODEL_DIR`, with the program in a folder or in algorithm mode."""
    return _script(framework, code) if code else _algorithm(framework)


def _algorithm(framework: str) -> Handlers:
    if framework != "xgboost":
        raise Problem(f"SAGEMAKER_PROGRAM is not set, and {framework} has no own algorithm")
    booster = load_booster(Path(os.environ["SM_MODEL_DIR"]))

    def answer(body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        data, wanted = decode_matrix(body, content_type or "text/libsvm"), accept or "text/csv"
        return encode(predict(booster, data), wanted, final_line_end=True), wanted

    return Handlers(answer)


def _script(framework: str, code: str) -> Handlers:
    program = os.environ["SAGEMAKER_PROGRAM"]
    sys.path.insert(0, code)
    os.chdir(code)
    module = importlib.import_module(program.removesuffix(".py").replace("/", "."))
    if not hasattr(module, "model_fn"):
        raise Problem(f"{program} has no model_fn")
    model = module.model_fn(os.environ["SM_MODEL_DIR"])
    read = getattr(module, "input_fn", decode_matrix if framework == "xgboost" else decode_array)
    apply = getattr(module, "predict_fn", _predict)
    write = getattr(module, "output_fn", encode)
    default_accept = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "application/json")

    def answer(body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        content = body.decode() if media_type(content_type) in _TEXT else body
        wanted = default_accept if accept in ("", "*/*") else accept
        if hasattr(module, "transform_fn"):
            return _body(module.transform_fn(model, content, content_type, wanted), wanted)
        return _body(write(apply(read(content, content_type), model), wanted), wanted)

    return Handlers(answer)


def _predict(data: Any, model: Any) -> Any:
    booster = hasattr(model, "save_config")  # xgboost.Booster, and not its scikit-learn face
    return predict(model, data) if booster else model.predict(data)


def _body(result: Any, accept: str) -> tuple[bytes, str]:
    """Return body and content type of what `output_fn` returned: both of them, or a body alone."""
    body, kind = result if isinstance(result, tuple) else (result, accept)
    content = bytes(body) if isinstance(body, bytes | bytearray) else str(body).encode()
    return content, str(kind)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
