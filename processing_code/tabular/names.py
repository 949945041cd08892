"""The columns' names as people write them: `Sex`, `Whole weight`, `WHOLE_WEIGHT`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tabular.fields import is_number

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_PUNCTUATION: Final = re.compile(r"[\W_]+")


class Vocabulary:
    """The columns that a reader knows, and texts that are values and never a column's name.

    Examples
    --------
    >>> Vocabulary(["whole_weight", "sex"]).name_columns(["Whole weight", "SEX", "note"])
    ('whole_weight', 'sex', 'note')
    """

    def __init__(self, columns: Sequence[str], values: Collection[str] = ()) -> None:
        self.columns = tuple(columns)
        self._values = frozenset(values)
        self._by_letters = {_letters(name): name for name in columns}

    def name_columns(self, fields: Sequence[str]) -> tuple[str, ...]:
        """Give columns our names where they are recognised, whatever their case and punctuation."""
        names = (field.strip() for field in fields)
        return tuple(self._by_letters.get(_letters(name), name) for name in names)

    def recognised(self, fields: Sequence[str]) -> set[str]:
        """Return those of our columns that a line names."""
        return {*self.name_columns(fields)} & {*self.columns}

    def is_value(self, field: str) -> bool:
        """Return whether a field can only be a value."""
        return is_number(field.replace(",", ".")) or field in self._values


def _letters(name: str) -> str:
    return _PUNCTUATION.sub("", name.lower())
