"""The table of what the organization refuses, and that of AWS's examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from mlops_contract.records import parse

_TABLE, _EXAMPLES = "guardrails.yaml", "examples.yaml"


@dataclass(frozen=True)
class Row:
    """One Deny: of `actions` or of `all_but` some, on `resources`, `unless` by whom it names."""

    sid: str
    why: str
    actions: tuple[str, ...] = ()
    all_but: tuple[str, ...] = ()
    resources: tuple[str, ...] = ("*",)
    unless: str = ""
    condition: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None


@dataclass(frozen=True)
class Table:
    """All rows; `administration` are services that people need, `without_region` global ones."""

    scps: tuple[Row, ...]
    rcps: tuple[Row, ...]
    administration: tuple[str, ...]
    without_region: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """How a statement of AWS's examples is covered: by which of ours, or why by none."""

    by: tuple[str, ...] = ()
    because: str = ""


@cache
def table() -> Table:
    """Read the table."""
    found: Table = parse(Table, _loaded(_TABLE), _TABLE)
    return found


@cache
def examples() -> Mapping[str, Mapping[str, Example]]:
    """Read the statements of AWS's examples, by file and Sid."""
    form = Mapping[str, Mapping[str, Example]]
    found: Mapping[str, Mapping[str, Example]] = parse(form, _loaded(_EXAMPLES), _EXAMPLES)
    return found


def _loaded(name: str) -> Any:
    import yaml

    return yaml.safe_load(files(__package__).joinpath(name).read_text(encoding="utf-8"))
