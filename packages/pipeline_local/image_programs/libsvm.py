"""Parser of libsvm: a line is `[label] index:value …`, absent features are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.image_programs.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable


def read_libsvm(lines: Iterable[str]) -> tuple[Any, list[float]]:
    """Return the features of lines as a sparse matrix, and their labels if they have any."""
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
    return csr_matrix((np.array(values, dtype=np.float32), columns, ends)), labels
