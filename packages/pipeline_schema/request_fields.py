"""What becomes of each field of a request here: `request_fields.yaml`, read and asked.

The table judges every member that botocore's model knows, so that none is dropped in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from pipeline_schema.expressions import is_expression
from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_schema.definition import Step

HONOURED, RECORDED, NO_EFFECT, REFUSED = "honoured", "recorded", "no effect", "refused"
VALUE = "="  # begins the key that judges one value
_NUMBER = re.compile(r"\[\d+\]")
_TABLE = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True)
class Verdict:
    """What becomes of a field, or of one of its values."""

    path: str
    kind: str
    reason: str = ""
    value: str = ""

    def __str__(self) -> str:
        """Return one line that names the field."""
        value = f"{self.value!r} " if self.value else ""
        return f"{self.path}: {value}is {self.kind}: {self.reason}"


@cache
def field_table() -> dict[str, Any]:
    """Return the table: operation, then its members, nested as in the API's model."""
    return read_table(_TABLE)


def read_table(file: Path) -> dict[str, Any]:
    """Read a table of fields."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return dict(yaml.load(file.read_text(encoding="utf-8"), loader))  # noqa: S506 - is safe


def refusals(step: Step) -> list[str]:
    """List the fields of a step's request with which it cannot run here, and what to do.

    Examples
    --------
    >>> from pipeline_schema.definition import Step
    >>> refusals(Step("Add", "RegisterModel", {"CertifyForMarketplace": True}))
    ['CertifyForMarketplace: is refused: there is no Marketplace here']
    """
    return [str(each) for each in verdicts(step) if each.kind == REFUSED]


def without_effect(step: Step) -> set[str]:
    """Return the fields of a step that change nothing here, by their paths without numbers."""
    return {_NUMBER.sub("", each.path) for each in verdicts(step) if each.kind == NO_EFFECT}


def verdicts(step: Step) -> Iterator[Verdict]:
    """Yield what becomes of the fields of a step's request that are not simply honoured."""
    row = step_type(step.type)
    if row.operation:
        yield from _judged(step.arguments, field_table().get(row.operation, {}), "")
    for part, operation in row.parts.items():
        yield from _judged(step.arguments.get(part), field_table().get(operation, {}), part)


def _judged(value: Any, judgement: Any, path: str) -> Iterator[Verdict]:
    if isinstance(judgement, str):
        kind, _, reason = judgement.partition(": ")
        # Nothing is asked for by an empty list, or by a switch that is off.
        if value and kind not in (HONOURED, RECORDED):
            yield Verdict(path, kind, reason)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _judged(item, judgement, f"{path}[{number}]")
    elif isinstance(value, str) and f"{VALUE}{value}" in judgement:
        kind, _, reason = judgement[f"{VALUE}{value}"].partition(": ")
        yield Verdict(path, kind, reason, value)
    elif isinstance(value, dict) and not is_expression(value):
        for name, item in value.items():
            if name in judgement:
                yield from _judged(item, judgement[name], f"{path}.{name}" if path else name)
