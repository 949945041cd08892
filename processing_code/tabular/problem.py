"""The problem that a job works on: its schema, and the parts that it replaces.

A problem is a folder with `schema.yaml`. A file `parts.py` beside it may define `features(frame)`,
which adds columns to the values before they are encoded, and `estimator(schema, settings)`, which
returns an estimator of scikit-learn's kind.
"""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING, Any

from tabular.failure import JobError
from tabular.schema import FILE, Schema, SchemaError, read_schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PARTS = "parts"


def schema_of(folder: Path) -> Schema:
    """Read the schema of a problem."""
    try:
        return read_schema(folder / FILE)
    except SchemaError as error:
        raise JobError(str(error)) from None


def part_of(folder: Path, name: str) -> Callable[..., Any] | None:
    """Return a part that the problem replaces, or None."""
    file = folder / f"{PARTS}.py"
    if not file.is_file():
        return None
    module = sys.modules.get(PARTS)
    if module is None or module.__file__ != str(file):
        spec = importlib.util.spec_from_file_location(PARTS, file)
        if spec is None or spec.loader is None:
            raise JobError(f"{file} is no Python module")
        module = importlib.util.module_from_spec(spec)
        sys.modules[PARTS] = module  # models that are kept name their classes by it
        spec.loader.exec_module(module)
    found = getattr(module, name, None)
    if found is not None and not callable(found):
        raise JobError(f"{PARTS}.py: {name} is no function")
    part: Callable[..., Any] | None = found
    return part
