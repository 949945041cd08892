"""Findings of a review: each one line for people with its facts for programs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Weight(Enum):
    """The importance of a finding to a reviewer."""

    WARNING = "warning"
    CHANGE = "change"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One effect of a change."""

    text: str  # one line; what stands in templates is between backticks
    weight: Weight = Weight.CHANGE
    details: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)  # the same for programs

    def as_json(self) -> dict[str, Any]:
        """Render as a JSON object."""
        return {
            "text": plain(self.text),
            "weight": self.weight.value,
            "details": [plain(each) for each in self.details],
            **self.facts,
        }


@dataclass(frozen=True)
class Section:
    """The findings of one kind in one environment."""

    title: str
    findings: tuple[Finding, ...]
    unchanged: str

    def as_json(self) -> dict[str, Any]:
        """Render as a JSON object."""
        return {
            "title": self.title,
            "findings": [each.as_json() for each in self.findings],
            "summary": "" if self.findings else self.unchanged,
        }


def plain(text: str) -> str:
    """Remove Markdown from a text."""
    return text.replace("`", "").replace("**", "")


def cut(items: list[str], most: int) -> tuple[str, ...]:
    """Return the first items, and the number of the others."""
    more = (f"and {len(items) - most} more",) if len(items) > most else ()
    return (*items[:most], *more)


def listed(items: list[str] | tuple[str, ...], most: int = 8) -> str:
    """Join items as prose does."""
    shown = list(items)
    if len(items) > most:
        shown[most - 1 :] = [f"{len(items) - most + 1} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def count(number: int, what: str) -> str:
    """Write a number with its noun: "1 step", "2 steps"."""
    return f"1 {what}" if number == 1 else f"{number} {re.sub('(?<![aeiou])y$', 'ie', what)}s"
