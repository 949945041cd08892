"""Parser of libsvm: a line is `[label] index:value …`, absent features are missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_local.image_programs.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Rows:
    """What a libsvm text holds."""

    features: Any
    labels: list[float]


def read_libsvm(lines: Iterable[str]) -> Rows:
    """Read lines, with labels or without."""
    import numpy as np
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

    labels: list[float] = []
    values: list[float] = []
    columns: list[int] = []
    ends = [0]
    for number, line in enumerate(lines, start=1):
        cells = line.split()
        try:
            if cells and ":" not in cells[0]:
                labels.append(float(cells.pop(0)))
            for cell in cells:
                index, value = cell.split(":")
                columns.append(int(index))
                values.append(float(value))
        except ValueError:
            raise Problem(f"line {number} is not libsvm: {line[:80]!r}") from None
        ends.append(len(columns))
    table = csr_matrix((np.array(values, dtype=np.float32), columns, ends))
    return Rows(table, labels)
