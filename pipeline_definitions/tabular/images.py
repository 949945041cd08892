"""The images that a table's problem can have."""

from __future__ import annotations

import symtable
from typing import TYPE_CHECKING, Final

from pipeline_definitions.errors import PipelineModuleError

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_definitions.jobs import Family

_PARTS = "parts.py"
# Estimators that an image lacks; None where it is there for those of `parts.py`.
_LACKS: Final[dict[str, frozenset[str] | None]] = {
    "xgboost": frozenset(),
    "sklearn": frozenset({"xgboost"}),
    "pytorch": None,
    "huggingface": None,
}
_ELSE: Final = {"tensorflow": "its models are served by TensorFlow Serving, which runs no Python"}


def check_image(family: Family, estimator: str, folder: Path) -> None:
    """Refuse an image in which a problem's estimator, or its answers, cannot be.

    What is in an image of one's own, nobody here knows.
    """
    framework = None if isinstance(family, str) else family[0]
    if framework is None or (framework in _LACKS and _has_estimator(folder / _PARTS)):
        return
    lacks = _LACKS.get(framework, frozenset())
    if framework not in _LACKS:
        why = _ELSE.get(framework, f"is none of {', '.join(_LACKS)}, nor an address in ECR")
    elif lacks is None:
        why = f"write the estimator that it is for into {_PARTS}"
    elif estimator in lacks:
        why = f"does not have {estimator}"
    else:
        return
    raise PipelineModuleError(f"{folder}: image {framework}: {why}")


def _has_estimator(file: Path) -> bool:
    if not file.is_file():
        return False
    try:
        names = symtable.symtable(file.read_text(encoding="utf-8"), str(file), "exec")
    except (SyntaxError, ValueError) as error:
        raise PipelineModuleError(f"{file}: is no Python: {error}") from None
    found = [names.lookup(each) for each in names.get_identifiers() if each == "estimator"]
    return any(each.is_assigned() or each.is_imported() for each in found)
