"""The rows of a CSV file: fast where its form is plain, record by record where it is not.

Polars parses a plain file in one streaming pass and doubts some rows; only those are read again as
text. Good data pays nothing for good messages.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

import polars as pl

from abalone.records import REASONS
from abalone.suspects import LINE, SUSPECT, Rows, Suspect, suspicion, types_of
from tabular.csv_form import SURROGATE, Form, read_records
from tabular.failure import JobError
from tabular.fields import is_blank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SURPLUS: Final = "surplus"
_CHUNK = 1 << 20
_RECORDS = 1 << 16
_NOT_TEXT: Final = re.compile(f"{SURROGATE.pattern}|\0")


def read_rows(form: Form, columns: Sequence[str], needed: Sequence[str]) -> Rows:
    """Read a file's rows, whose fields are `columns`, by line from 0 after the names."""
    return (_read_plain if form.plain else _read_carefully)(form, columns, needed)


def _read_plain(form: Form, columns: Sequence[str], needed: Sequence[str]) -> Rows:
    # The last column receives what a line has too much; null in a good row.
    schema = {**types_of(columns, needed), SURPLUS: pl.String()}
    suspect = suspicion(columns, needed) | pl.col(SURPLUS).is_not_null()
    frame = (
        pl.scan_csv(
            form.path,
            has_header=False,
            skip_rows=form.skip,
            schema=schema,
            quote_char=None,
            encoding="utf8",
            ignore_errors=True,
            missing_columns="insert",
            truncate_ragged_lines=True,
            row_index_name=LINE,
            glob=False,
        )
        .with_columns(pl.col(LINE).cast(pl.Int64), suspect.alias(SUSPECT))
        .drop(SURPLUS)
        .collect(engine="streaming")
    )
    texts = _fetch_lines(form, frame.filter(SUSPECT)[LINE].to_list())
    good = frame.filter(~pl.col(SUSPECT)).drop(SUSPECT)
    # Empty fields at a line's end go unseen above. Counting all commas costs next to nothing and
    # tells whether there are any; only then is it worth looking for them.
    wanted = len(columns) - 1
    if _count_commas(form) != good.height * wanted + sum(
        text.count(",") for text in texts.values()
    ):
        texts = _find_lines(form, lambda line: line.count(b",") != wanted) | texts
        good = good.filter(~pl.col(LINE).is_in(list(texts)))
    suspects = {
        index: _suspect(text, text.split(","), columns)
        for index, text in sorted(texts.items())
        if not is_blank(text)
    }
    return Rows(good, suspects)


def _read_carefully(form: Form, columns: Sequence[str], needed: Sequence[str]) -> Rows:
    types = types_of([name for name in columns if name], needed)
    goods = [pl.DataFrame(schema={LINE: pl.Int64(), **types})]
    suspects: dict[int, Suspect] = {}
    records = read_records(form)
    while chunk := [*islice(records, _RECORDS)]:
        whole = []
        for index, text, fields in chunk:
            if fields is None or len(fields) != len(columns) or _NOT_TEXT.search(text):
                suspects[index] = _suspect(text, fields, columns)
            else:
                whole.append((index, text, fields))
        lines = pl.Series(LINE, [row[0] for row in whole], dtype=pl.Int64)
        frame = (
            _texts([row[2] for row in whole], columns)
            .cast(types, strict=False)
            .insert_column(0, lines)
            .with_columns(suspicion(columns, needed).alias(SUSPECT))
        )
        goods.append(frame.filter(~pl.col(SUSPECT)).drop(SUSPECT))
        for (index, text, fields), odd in zip(whole, frame[SUSPECT], strict=True):
            if odd:
                suspects[index] = _suspect(text, fields, columns)
    return Rows(pl.concat(goods), suspects)


def read_texts(form: Form) -> pl.DataFrame:
    """Read a file with names as text, and refuse it for a row that is not whole."""
    frames = []
    records = read_records(form)
    while chunk := [*islice(records, _RECORDS)]:
        rows = []
        for index, text, fields in chunk:
            if fields is None or len(fields) != len(form.columns) or _NOT_TEXT.search(text):
                detail = _suspect(text, fields, form.columns).detail
                raise JobError(f"{form.name}, line {index + form.skip + 1}: {detail}")
            rows.append(fields)
        frames.append(_texts(rows, form.columns))
    return pl.concat([_texts([], form.columns), *frames])


def _texts(rows: Sequence[Sequence[str]], columns: Sequence[str]) -> pl.DataFrame:
    """Put rows into columns of text; those without a name are left out."""
    texts = {name: [row[at] for row in rows] for at, name in enumerate(columns) if name}
    return pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String()))


def _suspect(text: str, fields: Sequence[str] | None, columns: Sequence[str]) -> Suspect:
    """Describe a row by its text, with what is wrong with its form."""
    came = dict(zip(columns, fields or (), strict=False))
    values = {name: came.get(name) for name in columns if name}
    if _NOT_TEXT.search(text):
        shown = SURROGATE.sub("\ufffd", text)
        readable = {name: SURROGATE.sub("\ufffd", each or "") for name, each in values.items()}
        return Suspect(readable, shown, "not_text", REASONS["not_text"])
    if fields is None:
        return Suspect(values, text, "broken_quotes", REASONS["broken_quotes"])
    if len(fields) != len(columns):
        said = f"{len(fields)} columns where {len(columns)} are expected"
        return Suspect(values, text, "wrong_column_count", said)
    return Suspect(values, text)


def _fetch_lines(form: Form, indices: list[int]) -> dict[int, str]:
    """Fetch the text of a few lines, by ascending numbers from 0 after the names."""
    lines: dict[int, str] = {}
    wanted = iter(indices)
    following = next(wanted, None)
    for index, line in enumerate(_lines(form) if indices else ()):
        if index == following:
            lines[index] = _text(line)
            following = next(wanted, None)
            if following is None:
                break
    return lines


def _find_lines(form: Form, matches: Callable[[bytes], bool]) -> dict[int, str]:
    """Fetch the text of all lines of a kind."""
    return {index: _text(line) for index, line in enumerate(_lines(form)) if matches(line)}


def _count_commas(form: Form) -> int:
    """Count the commas of a file's rows."""
    with form.path.open("rb") as file:
        for _ in range(form.skip):
            file.readline()
        total = 0
        while chunk := file.read(_CHUNK):
            total += chunk.count(b",")
    return total


def _lines(form: Form) -> Iterator[bytes]:
    with form.path.open("rb") as file:
        yield from islice(file, form.skip, None)


def _text(line: bytes) -> str:
    return line.decode().rstrip("\r\n")
