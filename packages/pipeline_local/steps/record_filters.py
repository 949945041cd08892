"""Filters and joins of batch transform's records.

Source: SageMaker AI developer guide, "Associate Prediction Results with Input Records": JSONPath
with `$`, `.name`, `.*`, `['name', …]`, `[number, …]`, `[start:end]`; a CSV record counts as an
array of its columns.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import Any

from mlops_common.errors import MlopsError

_PART = re.compile(
    r"\.(?P<name>[A-Za-z_][\w-]*)|\.\*|\[\*\]"
    r"|\[(?P<names>\s*(?:'[^']*'|\"[^\"]*\")(?:\s*,\s*(?:'[^']*'|\"[^\"]*\"))*\s*)\]"
    r"|\[(?P<slices>[-\d:,\s]+)\]"
)
_SLICE = re.compile(r"\s*(?:(?P<index>-?\d+)|(?P<start>-?\d+)?:(?P<end>-?\d+)?)\s*")
_CSV, _JSON = "text/csv", ("application/json", "application/jsonlines")
_INPUT, _OUTPUT = "SageMakerInput", "SageMakerOutput"


@dataclass(frozen=True)
class _Step:
    """Names of an object, or slices of an array; neither means all."""

    names: tuple[str, ...] = ()
    slices: tuple[int | slice, ...] = ()
    single: bool = False


@dataclass(frozen=True)
class RecordFilter:
    """A parsed filter, with its text."""

    text: str
    steps: tuple[_Step, ...]

    @property
    def keeps_all(self) -> bool:
        """True for `$`, the whole record."""
        return not self.steps

    def select(self, record: Any) -> Any:
        """Apply the filter to a record."""
        for step in self.steps:
            try:
                record = _select(record, step)
            except (KeyError, IndexError, TypeError):
                raise MlopsError(f"filter {self.text} matches nothing in a record") from None
        return record


def parse_filter(text: str) -> RecordFilter:
    """Parse a filter."""
    position, steps = 1, []
    while text[:1] == "$" and position < len(text):
        match = _PART.match(text, position)
        if match is None:
            break
        steps.append(_read_step(match, text))
        position = match.end()
    if text[:1] != "$" or position != len(text):
        raise MlopsError(f"{text!r} is not a JSONPath that batch transform supports, e.g. $[1:]")
    return RecordFilter(text, tuple(steps))


def kind_of(media_type: str) -> str:
    """Return the form of records: "csv", "json", or "" when filters do not support it."""
    plain = media_type.partition(";")[0].strip().lower()
    return "csv" if plain == _CSV else "json" if plain in _JSON else ""


def read_record(raw: bytes, kind: str) -> Any:
    """Parse a record."""
    try:
        text = raw.decode()
        return next(csv.reader([text]), []) if kind == "csv" else json.loads(text)
    except (ValueError, csv.Error) as error:
        raise MlopsError(f"a record is not {kind.upper()}: {error}") from None


def write_record(record: Any, kind: str) -> bytes:
    """Serialize a filtered record."""
    if kind == "json":
        return json.dumps(record, separators=(",", ":")).encode()
    target = io.StringIO()
    csv.writer(target, lineterminator="").writerow(record if isinstance(record, list) else [record])
    return target.getvalue().encode()


def join_records(given: Any, answer: Any, kind: str) -> Any:
    """Join a record with its prediction, as `JoinSource: Input` does."""
    if kind == "csv":
        return [*given, *answer]
    if isinstance(given, dict):
        return {**given, _OUTPUT: answer}
    return {_INPUT: given, _OUTPUT: answer}


def _read_step(match: re.Match[str], text: str) -> _Step:
    if match["name"]:
        return _Step(names=(match["name"],), single=True)
    if match["names"]:
        names = tuple(name[1:-1] for name in re.findall(r"'[^']*'|\"[^\"]*\"", match["names"]))
        return _Step(names=names, single=len(names) == 1)
    if match["slices"] is None:
        return _Step()
    slices: list[int | slice] = []
    for part in match["slices"].split(","):
        found = _SLICE.fullmatch(part)
        if found is None:
            raise MlopsError(f"{text!r}: {part.strip()!r} is neither a number nor start:end")
        if found["index"]:
            slices.append(int(found["index"]))
        else:
            ends = (int(end) if end else None for end in (found["start"], found["end"]))
            slices.append(slice(*ends))
    return _Step(slices=tuple(slices), single=len(slices) == 1 and isinstance(slices[0], int))


def _select(record: Any, step: _Step) -> Any:
    if step.names:
        if step.single:
            return record[step.names[0]]
        return {name: record[name] for name in step.names}
    if not isinstance(record, list):
        if step.slices or not isinstance(record, dict):
            raise TypeError
        return list(record.values())
    if step.single:
        (index,) = step.slices
        return record[index]
    kept: list[Any] = [] if step.slices else list(record)
    for part in step.slices:
        kept.extend(record[part] if isinstance(part, slice) else [record[part]])
    return kept
