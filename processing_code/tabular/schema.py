"""A table's schema: its columns, what they may hold, and what is to be predicted.

It stands in `schema.yaml`, which the pipeline's definition reads as well as the jobs do, so that
this module needs nothing else of this package.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "schema.yaml"
NUMBER, CATEGORY, DATE = "number", "category", "date"
REGRESSION, QUANTILE, BINARY, MULTICLASS = "regression", "quantile", "binary", "multiclass"
_ANSWERS: Final = {
    REGRESSION: ("prediction", "lower", "upper"),
    QUANTILE: ("prediction",),
    BINARY: ("prediction", "probability"),
    MULTICLASS: ("prediction", "probability"),
}
_OF_COLUMN: Final = {
    NUMBER: {"type", "missing", "least", "most"},
    CATEGORY: {"type", "missing", "levels"},
    DATE: {"type", "missing", "format"},
}
_OF_FILE: Final = {"columns", "problem", "target", "id", "positive", "quantile", "missing_values"}
MISSING: Final = ("", "NA", "N/A", "NaN", "nan", "null", "NULL")
_RESERVED: Final = {"row", *(name for names in _ANSWERS.values() for name in names)}


class SchemaError(ValueError):
    """A schema that cannot be used: the message says where and why."""


@dataclass(frozen=True)
class Column:
    """What a column may hold.

    `levels` are all that a category may be, where they are known before; `format` is a date's as
    `strptime` takes it, ISO 8601 where empty.
    """

    name: str
    kind: str
    missing: bool = False
    least: float | None = None
    most: float | None = None
    levels: tuple[str, ...] = ()
    format: str = ""


@dataclass(frozen=True)
class Schema:
    """The columns by name, in the order of the file, and the problem.

    `positive` is the level of a binary target that counts as 1, `quantile` the share of rows that
    lie below a prediction, `id` the column with the sender's name of a row (or empty).
    """

    columns: dict[str, Column]
    problem: str
    target: str
    id: str = ""
    positive: str = ""
    quantile: float = 0.5
    missing_values: tuple[str, ...] = MISSING

    @property
    def features(self) -> list[str]:
        """Names of the columns that the model is asked, in order."""
        return [name for name in self.columns if name != self.target]

    @property
    def answers(self) -> tuple[str, ...]:
        """Names of the values that the model answers."""
        return _ANSWERS[self.problem]

    @property
    def classifies(self) -> bool:
        """Whether the target is a class."""
        return self.problem in {BINARY, MULTICLASS}

    @property
    def classes(self) -> tuple[str, ...]:
        """The levels of a target that is a class; of a binary one the positive is the last."""
        levels = self.columns[self.target].levels
        return tuple(sorted(levels, key=lambda level: level == self.positive))


def read_schema(path: Path) -> Schema:
    """Read a schema, or refuse it with the place of the mistake."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise SchemaError("it holds no fields")  # noqa: TRY301
        return parse_schema(found)
    except FileNotFoundError:
        raise SchemaError(f"{path}: this schema does not exist") from None
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise SchemaError(f"{path}: {' '.join(str(error).split())}") from None
    except SchemaError as error:
        raise SchemaError(f"{path}: {error}") from None


def parse_schema(found: dict[str, Any]) -> Schema:
    """Check a schema's fields, and put them in order.

    Examples
    --------
    >>> columns = {"size": {"type": "number"}, "price": {"type": "number", "least": 0}}
    >>> parse_schema({"problem": "regression", "target": "price", "columns": columns}).features
    ['size']
    """
    _refuse_unknown(found, _OF_FILE, "field")
    columns = found.get("columns")
    if not isinstance(columns, dict) or len(columns) < 2:  # noqa: PLR2004 - target and feature
        raise SchemaError("columns: name the target and at least one more, each with its type")
    missing = found.get("missing_values", list(MISSING))
    if not isinstance(missing, list):
        raise SchemaError("missing_values: is not a list of texts")
    schema = Schema(
        columns={str(name): _column(str(name), column) for name, column in columns.items()},
        problem=str(found.get("problem")),
        target=str(found.get("target")),
        id=str(found.get("id", "")),
        positive=_text("positive", found.get("positive", "")),
        quantile=_number("quantile", found.get("quantile", 0.5)) or 0.0,
        missing_values=tuple({"": None, **dict.fromkeys(map(str, missing))}),
    )
    _check(schema, found)
    return schema


def _column(name: str, found: Any) -> Column:
    place = f"columns.{name}"
    if not name.strip() or any(not each.isprintable() or each in ",\"'" for each in name):
        raise SchemaError(f"{place}: a name is printable, without commas and quotes")
    if name in _RESERVED:
        raise SchemaError(f"{place}: the results have a column of that name; rename it")
    kind = found.get("type") if isinstance(found, dict) else None
    if kind not in _OF_COLUMN:
        raise SchemaError(f"{place}.type: is one of {', '.join(_OF_COLUMN)}, not {kind!r}")
    _refuse_unknown(found, _OF_COLUMN[kind], f"field of a {kind}", place)
    missing = found.get("missing", False)
    if not isinstance(missing, bool):
        raise SchemaError(f"{place}.missing: is true or false, not {missing!r}")
    levels = found.get("levels", [])
    if not isinstance(levels, list):
        raise SchemaError(f"{place}.levels: is not a list of texts")
    texts = tuple(_text(f"{place}.levels", level) for level in levels)
    if len({*texts}) != len(texts):
        raise SchemaError(f"{place}.levels: names one twice")
    least, most = (_number(f"{place}.{end}", found.get(end)) for end in ("least", "most"))
    if least is not None and most is not None and least > most:
        raise SchemaError(f"{place}: least {least:g} is greater than most {most:g}")
    return Column(name, kind, missing, least, most, texts, str(found.get("format", "")))


def _check(schema: Schema, found: dict[str, Any]) -> None:
    names = [*schema.columns, *([schema.id] if schema.id else [])]
    letters = [re.sub(r"[\W_]+", "", name.lower()) for name in names]
    for name, other in zip(names, letters, strict=True):
        if not other or letters.count(other) > 1:
            raise SchemaError(f"columns: {name!r} has to differ from others by letters or digits")
    if schema.problem not in _ANSWERS:
        raise SchemaError(f"problem: is one of {', '.join(_ANSWERS)}, not {schema.problem!r}")
    if schema.problem != BINARY and "positive" in found:
        raise SchemaError("positive: is for binary problems")
    if (schema.problem == QUANTILE) != ("quantile" in found):
        raise SchemaError("quantile: is for quantile problems, which need it")
    if not 0 < schema.quantile < 1:
        raise SchemaError(f"quantile: is between 0 and 1, not {schema.quantile:g}")
    _check_target(schema)


def _check_target(schema: Schema) -> None:
    target = schema.columns.get(schema.target)
    if target is None:
        raise SchemaError(f"target: {schema.target!r} is none of the columns")
    wanted = CATEGORY if schema.classifies else NUMBER
    if target.kind != wanted:
        raise SchemaError(f"target: of a {schema.problem} problem is a {wanted}, not {target.kind}")
    if target.missing:
        raise SchemaError("target: a row without it teaches nothing; remove its missing")
    if schema.classifies and len(target.levels) < 2:  # noqa: PLR2004
        raise SchemaError(f"columns.{schema.target}.levels: name the classes, two at least")
    if schema.problem == BINARY and len(target.levels) != 2:  # noqa: PLR2004
        raise SchemaError(f"columns.{schema.target}.levels: of a binary problem are two")
    if schema.problem == BINARY and schema.positive not in target.levels:
        raise SchemaError(f"positive: is one of {', '.join(target.levels)}")


def _refuse_unknown(found: dict[Any, Any], known: set[str], what: str, place: str = "") -> None:
    if unknown := sorted(map(str, {*found} - known)):
        where = f"{place}: " if place else ""
        raise SchemaError(f"{where}{unknown[0]} is no {what}; there are {', '.join(sorted(known))}")


def _text(place: str, found: Any) -> str:
    # YAML reads yes, no, on, off and 1.0 as something else than what is in the data.
    if not isinstance(found, str | int) or isinstance(found, bool):
        raise SchemaError(f"{place}: put {found!r} into quotes, as it stands in the data")
    return str(found)


def _number(place: str, found: Any) -> float | None:
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or math.isnan(found):
        raise SchemaError(f"{place}: is a number, not {found!r}")
    return float(found)
