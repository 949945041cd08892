"""The columns' names as people write them: `Sex`, `Whole weight`, `WHOLE_WEIGHT`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from abalone.schema import COLUMNS, ID

if TYPE_CHECKING:
    from collections.abc import Sequence

OURS: Final = (*COLUMNS, ID)
_PUNCTUATION: Final = re.compile(r"[\W_]+")
_BY_LETTERS: Final = {name.replace("_", ""): name for name in OURS}


def name_columns(fields: Sequence[str]) -> tuple[str, ...]:
    """Give columns our names where they are recognised, whatever their case and punctuation."""
    names = (field.strip() for field in fields)
    return tuple(_BY_LETTERS.get(_PUNCTUATION.sub("", name.lower()), name) for name in names)


def recognised(fields: Sequence[str]) -> set[str]:
    """Return those of our columns that a line names."""
    return {*name_columns(fields)} & {*OURS}
