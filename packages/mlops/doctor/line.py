"""What a check says: one line, with the commands that help."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


class Verdict(Enum):
    """The outcome of one question; what could not be read is never `OK`."""

    OK = "ok"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Line:
    """One line of the examination."""

    check: str
    verdict: Verdict
    what: str
    commands: tuple[str, ...] = ()  # in order; each can be pasted into a shell

    def facts(self) -> dict[str, Any]:
        """Return it as plain facts."""
        return {
            "check": self.check,
            "verdict": self.verdict.value,
            "what": self.what,
            "commands": list(self.commands),
        }


def ok(check: str, what: str) -> Line:
    """Return the line of a question that is answered as it should be."""
    return Line(check, Verdict.OK, what)


def problem(check: str, what: str, *commands: str) -> Line:
    """Return the line of a problem."""
    return Line(check, Verdict.PROBLEM, what, commands)


def unknown(check: str, what: str, *commands: str) -> Line:
    """Return the line of what cannot be known here."""
    return Line(check, Verdict.UNKNOWN, what, commands)
