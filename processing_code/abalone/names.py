"""The names of this product's columns."""

from __future__ import annotations

from typing import Final

from abalone.schema import COLUMNS, ID, SEXES
from tabular.names import Vocabulary

VOCABULARY: Final = Vocabulary((*COLUMNS, ID), SEXES)
name_columns = VOCABULARY.name_columns
recognised = VOCABULARY.recognised
