"""What a demonstration did, and where it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Stage:
    """One thing that was done.

    Attributes
    ----------
    result : str
        What came out, in a few words.
    """

    name: str
    seconds: float
    result: str


@dataclass
class Demonstration:
    """What was done, and where it is."""

    stages: list[Stage] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    tables: dict[str, list[str]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
