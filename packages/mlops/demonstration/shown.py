"""Summary of a demonstration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Stage:
    """One stage and its result in a few words."""

    name: str
    seconds: float
    result: str


@dataclass
class Demonstration:
    """Stages, places, tables and facts of a demonstration."""

    stages: list[Stage] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    tables: dict[str, list[str]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
