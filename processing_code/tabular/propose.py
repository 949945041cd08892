"""A schema for a file that has none: `job.py propose FILE` prints it as JSON.

It is a proposal: a person decides about ranges, levels, and what is known only after the fact.
Standard library only, apart from what checks it: a laptop reads it as a job would.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tabular.arguments import Arguments
from tabular.csv_form import find_form, find_names, read_records
from tabular.failure import JobError
from tabular.fields import NUMBER, is_number
from tabular.names import Vocabulary
from tabular.schema import (
    BINARY,
    CATEGORY,
    DATE,
    MISSING,
    MULTICLASS,
    REGRESSION,
    SchemaError,
    parse_schema,
)
from tabular.schema import (
    NUMBER as NUMERIC,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_CLASSES: Final = 20
"""A target with more levels is no class, or no problem that many rows would teach."""
MOST_LEVELS_SHARE: Final = 0.5
"""A text that differs in more of the rows is a name or a remark, and teaches nothing."""
FEWEST_ROWS: Final = 50
"""Of fewer, the fifth that tests a model tells a good one from a bad one by chance."""
_FORMATS: Final = ("", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%b-%Y")
_ISO: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?"
)
_ID: Final = re.compile(r"(.*_)?(id|key|uuid|guid|number|nr)")
_CODE: Final = re.compile(r"0[0-9]+")
"""Digits that stand for a name, such as a post code: as a number they would lose their zero."""
_TARGET: Final = ("target", "label", "class", "y", "outcome")


def run(arguments: Sequence[str]) -> None:
    """Print schema and notes."""
    parser = Arguments(prog="propose", description=__doc__, allow_abbrev=False)
    parser.add_argument("file", type=Path)
    parser.add_argument("--target", default="")
    options = parser.parse_args(arguments)
    print(json.dumps(propose(options.file, options.target)))


def propose(path: Path, target: str = "") -> dict[str, Any]:
    """Look at a file; return `schema`, `notes` for a person, and `rows`, their number."""
    columns, count = _read(path)
    names = _named([*columns])
    columns = {names[came]: texts for came, texts in columns.items()}
    wanted = _find_target(target, [*columns], names)
    notes: list[str] = []
    proposed = {name: _column(texts) for name, texts in columns.items()}
    keys = [name for name in columns if name != wanted and _is_key(proposed[name], columns[name])]
    texts = [name for name in keys if proposed[name]["type"] == CATEGORY]
    # A number may be distinct in all rows by chance: only its name makes it an id.
    key = next((name for name in keys if _ID.fullmatch(name)), (*texts, "")[0])
    if key and not _ID.fullmatch(key):
        notes.append(f"{key} is taken for the id: its texts differ in all rows")
    problem = _problem(proposed[wanted], [text for text in columns[wanted] if text], wanted)
    kept = {}
    for name, column in proposed.items():
        distinct = {*columns[name]} - {""}
        if name == key:
            continue
        if name != wanted and len(distinct) < 2:  # noqa: PLR2004
            notes.append(f"{name} is left out: it is the same in all rows")
        elif name != wanted and _ID.fullmatch(name) and len(distinct) > MOST_LEVELS_SHARE * count:
            notes.append(f"{name} is left out: by its name it is an id, though no row's own")
        elif (
            name != wanted
            and column["type"] == CATEGORY
            and (len(distinct) > MOST_LEVELS_SHARE * count)
        ):
            why = _almost(distinct) or "a text that differs in most rows"
            notes.append(f"{name} is left out: {why}")
        else:
            kept[name] = column
            notes += _doubts(name, column, distinct)
    if lacking := sum(not text for text in columns[wanted]):
        notes.append(f"{lacking} rows have no {wanted}: they are set aside")
    notes += _reading(wanted, problem["problem"], {*columns[wanted]} - {""})
    if count < FEWEST_ROWS:
        notes.append(f"{count} rows are too few to tell a good model from a bad one: bring more")
    kept[wanted] = {**kept[wanted], **problem.pop("column")}
    kept[wanted].pop("missing", None)
    schema = {**problem, "target": wanted, **({"id": key} if key else {}), "columns": kept}
    try:
        parse_schema(schema)
    except SchemaError as error:
        raise JobError(f"{path.name}: no schema fits: {error}") from None
    return {"schema": schema, "notes": notes, "rows": count}


def _read(path: Path) -> tuple[dict[str, list[str]], int]:
    if not path.is_file():
        raise JobError(f"{path}: is no file; give one with rows as CSV")
    first = find_names(path, path.name)
    named = [name for name in first if name]
    if len(named) < 2:  # noqa: PLR2004
        raise JobError(f"{path.name}: its first line names fewer than two columns")
    if odd := [name for name in named if is_number(name.replace(",", "."))]:
        raise JobError(f"{path.name}: its first line has the number {odd[0]}, where names belong")
    form = find_form(path, path.name, Vocabulary(named))
    rows = [fields for _, _, fields in read_records(form) if fields]
    whole = [row for row in rows if len(row) == len(form.columns)]
    if not whole:
        raise JobError(f"{path.name} has no rows")
    texts = {
        name: ["" if (text := row[at].strip()) in MISSING else text for row in whole]
        for at, name in enumerate(form.columns)
        if name
    }
    return texts, len(whole)


def _named(came: list[str]) -> dict[str, str]:
    """Give columns names that are easily typed, and differ by letters or digits."""
    names: dict[str, str] = {}
    for name in came:
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)  # PassengerId
        plain = re.sub(r"\W+", "_", words.lower()).strip("_") or "column"
        while plain.replace("_", "") in {each.replace("_", "") for each in names.values()}:
            plain += "_2"
        names[name] = plain
    return names


def _find_target(target: str, columns: list[str], names: dict[str, str]) -> str:
    if target:
        (found,) = Vocabulary(columns).name_columns([target])
        if found not in columns:
            raise JobError(f"--target {target!r}: is none of the columns {', '.join(names)}")
        return found
    return next((name for name in columns if name in _TARGET), columns[-1])


def _column(texts: list[str]) -> dict[str, Any]:
    present = [text for text in texts if text]
    found: dict[str, Any] = {"type": CATEGORY}
    if present and all(map(NUMBER.fullmatch, present)) and not any(map(_CODE.fullmatch, present)):
        found = {"type": NUMERIC}
        if min(map(float, present)) >= 0:
            found["least"] = 0
    elif present and (style := _date_format(present)) is not None:
        found = {"type": DATE, **({"format": style} if style else {})}
    return {**found, **({"missing": True} if len(present) < len(texts) else {})}


def _doubts(name: str, column: dict[str, Any], distinct: set[str]) -> list[str]:
    """Say what a column might be as well: nobody sees a wrong guess in the results."""
    if column["type"] == DATE:
        fit = [style for style in _FORMATS[1:] if all(_is_date(text, style) for text in distinct)]
        other = [style for style in fit if style != column.get("format")]
        return [f"{name} is read as {column['format']}, {other[0]} would do, too"] if other else []
    why = _almost(distinct) if column["type"] == CATEGORY else ""
    return [f"{name} is taken for a category: {why}"] if why else []


def _reading(target: str, problem: str, distinct: set[str]) -> list[str]:
    """Say how whole numbers are read that might be classes as well as amounts."""
    if len(distinct) > MOST_CLASSES or not all(map(str.isdecimal, distinct)):
        return []
    count = f"{target} has {len(distinct)} different whole numbers and is read as"
    levels = ", ".join(f"'{text}'" for text in sorted(distinct, key=int))
    if problem == REGRESSION:
        other = f"problem: {MULTICLASS}, and type: {CATEGORY}, levels: [{levels}]"
        return [f"{count} an amount; if they are classes, write {other}"]
    other = f"problem: {REGRESSION}, and type: {NUMERIC}"
    return [f"{count} classes; if they are amounts, write {other}, without levels and positive"]


def _almost(distinct: set[str]) -> str:
    """Say why texts are no numbers, where most of them nearly are."""
    commas = sorted(text for text in distinct if _has_decimal_comma(text))
    if 2 * len(commas) > len(distinct):
        return f"{commas[0][:20]!r} has a decimal comma, write points"
    odd = sorted(text for text in distinct if not NUMBER.fullmatch(text))
    return f"{odd[0][:20]!r} is no number" if odd and 2 * len(odd) < len(distinct) else ""


def _has_decimal_comma(text: str) -> bool:
    return not NUMBER.fullmatch(text) and is_number(text.replace(",", "."))


def _date_format(texts: list[str]) -> str | None:
    if all(map(_ISO.fullmatch, texts)):
        return ""
    return next((style for style in _FORMATS[1:] if all(_is_date(t, style) for t in texts)), None)


def _is_date(text: str, style: str) -> bool:
    try:
        datetime.strptime(text, style)  # noqa: DTZ007 - whether it is one
    except ValueError:
        return False
    return True


def _is_key(column: dict[str, Any], texts: list[str]) -> bool:
    names = column["type"] == CATEGORY and not all(map(_has_decimal_comma, texts))
    whole = names or all(map(str.isdigit, texts))
    return whole and "" not in texts and len({*texts}) == len(texts)


def _unpredictable(column: dict[str, Any], counts: Counter[str]) -> str:
    """Say why there is nothing to predict, and what to do about it."""
    if not counts:
        return "has no value in any row: fill it in"
    if len(counts) == 1:
        (only,) = counts
        return f"is {only[:20]!r} in all rows, which teaches nothing: bring rows that differ"
    if column["type"] == DATE:
        return "holds dates, which no estimator predicts: write a number, such as of days"
    why = _almost({*counts}) if column["type"] == CATEGORY else ""
    if len(counts) <= MOST_CLASSES and "decimal comma" not in why:
        return ""
    many = f"has {len(counts)} different texts, more than {MOST_CLASSES} classes: merge rare ones"
    return why or many


def _problem(column: dict[str, Any], present: list[str], target: str) -> dict[str, Any]:
    """Choose the problem by what the target holds."""
    counts = Counter(present)
    if column["type"] == NUMERIC and len(counts) > 2:  # noqa: PLR2004
        return {"problem": REGRESSION, "column": {}}
    if why := _unpredictable(column, counts):
        raise JobError(f"{target}: {why}, or name another column with --target")
    levels: dict[str, Any] = {"levels": sorted(counts)}
    if column["type"] == NUMERIC:
        levels |= {"type": CATEGORY}
        column.pop("least", None)
    if len(counts) > 2:  # noqa: PLR2004
        return {"problem": MULTICLASS, "column": levels}
    rarer = min(sorted(counts), key=lambda level: counts[level])
    return {"problem": BINARY, "positive": rarer, "column": levels}
