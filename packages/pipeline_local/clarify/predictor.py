"""Requests to the model, as to Clarify's shadow endpoint, and its parsed answers."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_common.archives import unpack
from pipeline_local.clarify.groups import plain
from pipeline_local.clarify.settings import FRAMEWORK
from pipeline_local.image_programs import serve
from pipeline_local.image_programs.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from pipeline_local.clarify.groups import Group
    from pipeline_local.clarify.settings import AnalysisConfig, Predictor

    Array = npt.NDArray[np.float64]

_ROOT = Path("/opt/ml")
_ROWS = 20_000  # in one request


@dataclass(frozen=True)
class Model:
    """A loaded model."""

    # Body, content type and accepted type to body and content type.
    answer: Callable[[bytes, str, str], tuple[bytes, str]]
    algorithm: bool  # the artefact of the built-in XGBoost algorithm
    folder: Path


def load_model(source: Path) -> Model:
    """Load the model of a folder with ``model`` and, where the handlers lie in S3, ``code``."""
    framework = os.environ.get(FRAMEWORK)
    if not framework:
        raise Problem("no model: only a ClarifyCheck step with a ModelName has one")
    folder, code = _ROOT / "model", ""
    _place(source / "model", folder)
    os.environ["SM_MODEL_DIR"] = str(folder)
    program = os.environ.get("SAGEMAKER_PROGRAM", "")
    if program:
        code = os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY") or str(folder / "code")
        code = code.removeprefix("file://")
        if code.startswith("s3://"):
            code = str(_ROOT / "code")
            _place(source / "code", Path(code))
        if not Path(code, program).is_file():
            raise Problem(f"SAGEMAKER_PROGRAM: {program} does not exist in {code}")
    handlers = serve.load_handlers(framework, code)
    return Model(handlers.answer, not code and framework == "xgboost", folder)


def ask(model: Model, predictor: Predictor, table: pd.DataFrame) -> list[Any]:
    """Return the model's answer to every record."""
    answers: list[Any] = []
    for start in range(0, len(table), _ROWS):
        part = table.iloc[start : start + _ROWS]
        body = _body(predictor, part)
        answer, _ = model.answer(body, predictor.content_type, predictor.accept)
        lines = answer.decode().splitlines()
        found = [_cells(predictor, line) for line in lines if line.strip()]
        if len(found) != len(part):
            raise Problem(f"the model gave {len(found)} answers to {len(part)} records")
        answers.extend(found)
    return answers


def scores_of(predictor: Predictor, answers: list[Any]) -> Array:
    """Return the numbers to explain: one row per record, one column per label."""
    import numpy as np

    where = predictor.label if predictor.probability is None else predictor.probability
    found = [_at(answer, where) for answer in answers]
    try:
        scores = np.array([_numbers(item) for item in found], dtype=float)
    except (TypeError, ValueError):
        raise Problem(f"the model's answer {str(found[0])[:60]!r} is not a score") from None
    return scores.reshape(len(answers), -1)


def positives_of(config: AnalysisConfig, answers: list[Any], labels: Any, positive: Group) -> Any:
    """Return which records the model predicts to be positive.

    The cases are those of the SDK's `ModelPredictedLabelConfig`.
    """
    import numpy as np

    predictor = config.predictor
    where = predictor.probability if predictor.label is None else predictor.label
    found = [_at(answer, where) for answer in answers]
    if isinstance(found[0], list):
        return positive.holds(
            [_likeliest(config, answer, item) for answer, item in zip(answers, found, strict=True)]
        )
    if positive.continuous:
        return positive.holds(scores_of(predictor, answers)[:, 0].tolist())
    known = {plain(item) for item in labels}
    if config.threshold is None and all(plain(item) in known for item in found):
        return positive.holds(found)
    above = np.array([float(_numbers(item)[0]) for item in found]) > config.cut
    if predictor.label_headers:
        return above if positive.holds([predictor.label_headers[0]])[0] else ~above
    # Without headers a probability is that of label 1, where labels are 0 and 1.
    return positive.holds(above.astype(int).tolist()) if known >= {0.0, 1.0} else above


def _place(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    files = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else []
    for path in files:
        if path.name.endswith(".tar.gz"):
            unpack(path, folder)
        else:
            target = folder / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())


def _body(predictor: Predictor, table: pd.DataFrame) -> bytes:
    if predictor.content_type == "text/csv":
        return str(table.to_csv(header=False, index=False)).rstrip("\n").encode()
    rows = (json.dumps(row) for row in table.to_numpy(dtype=object).tolist())
    return "\n".join(predictor.content_template.replace("$features", row) for row in rows).encode()


def _cells(predictor: Predictor, line: str) -> Any:
    if predictor.accept == "text/csv":
        return [cell.strip() for cell in line.split(",")]
    try:
        return json.loads(line)
    except ValueError:
        raise Problem(f"the model's answer {line[:60]!r} is not JSON") from None


def _at(answer: Any, where: str | int | None) -> Any:
    """Return a part of an answer; a list of one stands for its element."""
    found = answer
    if isinstance(where, int):
        if not isinstance(answer, list) or where >= len(answer):
            raise Problem(f"the model's answer {str(answer)[:60]!r} has no index {where}")
        found = answer[where]
    elif where is not None:
        import jmespath  # type: ignore[import-untyped]

        found = jmespath.search(where, answer)
        if found is None:
            raise Problem(f"the model's answer {str(answer)[:60]!r} has no {where!r}")
    if isinstance(found, str) and found.startswith("["):
        found = json.loads(found)
    return found[0] if isinstance(found, list) and len(found) == 1 else found


def _numbers(item: Any) -> list[float]:
    return [float(cell) for cell in (item if isinstance(item, list) else [item])]


def _likeliest(config: AnalysisConfig, answer: Any, item: list[Any]) -> Any:
    """Return the label with the highest score; `label` may refer to the list of labels."""
    predictor = config.predictor
    names: list[Any] = list(predictor.label_headers)
    scores = item
    if predictor.label is not None and predictor.probability is not None:
        names, scores = item, _at(answer, predictor.probability)
    if len(names) != len(scores):
        raise Problem(
            f"the model gives {len(scores)} scores: predictor.label_headers must name as many"
        )
    numbers = _numbers(scores)
    return names[numbers.index(max(numbers))]
