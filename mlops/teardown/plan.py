"""What is to become of each thing of an environment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Fate(Enum):
    """What becomes of a thing."""

    GOES = "goes"
    STAYS = "stays"


@dataclass(frozen=True, order=True)
class Item:
    """One thing of the environment.

    Parameters
    ----------
    kind : str
        What it is, in words: ``stack``, ``log group``, ``bucket``.
    name : str
        Its name, id or ARN.
    why : str
        Why it stays, or is not gone with a stack.
    """

    kind: str
    name: str
    why: str = ""

    def facts(self) -> dict[str, str]:
        """Return it as plain facts."""
        return {"kind": self.kind, "name": self.name, "why": self.why}


@dataclass(frozen=True)
class Plan:
    """What a tear-down does.

    Parameters
    ----------
    environment : str
        Name of the environment.
    stacks : tuple of str
        Names, in the order in which they are deleted.
    beside : tuple of Item
        What was made outside the templates and is deleted.
    emptied : tuple of str
        Buckets whose objects, in all versions, are deleted first.
    stays : tuple of Item
        What outlives the environment, and why.
    """

    environment: str
    stacks: tuple[str, ...]
    beside: tuple[Item, ...]
    emptied: tuple[str, ...]
    stays: tuple[Item, ...]
