"""The table of callers, `callers.yaml`: who calls what, from where, and how we know."""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 - `parse` evaluates the annotations
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from mlops_contract.records import MalformedRecordError, parse

FILE: Final = "callers.yaml"
PEOPLE: Final = "people"
INSIDE, OUTSIDE, VIA_SERVICE = "inside", "outside", "via-service"
DOCUMENTED, INFERRED, UNVERIFIED = "documented", "inferred", "unverified"
# What nothing provides yet: it is refused today, and said wherever the table is shown.
NOT_PROVIDED: Final = "not provided"
# One role for each environment that is deployed to.
_OF_ENVIRONMENT = re.compile(r"(build-deploy)-[a-z0-9]+")
_CHOICES = {
    "from": (INSIDE, OUTSIDE, VIA_SERVICE),
    "status": (DOCUMENTED, INFERRED, UNVERIFIED, NOT_PROVIDED),
}


@dataclass(frozen=True)
class Work:
    """One piece of work: every action on every resource, in one context.

    `source` says in which document of AWS, or of this project, it stands; `setting` is the one
    that turns it off, `where` the role that only environments with that work have, `endpoints`
    those that it needs beside the ones of its actions.
    """

    work: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    source: str
    status: str = DOCUMENTED
    origin: str = field(default=OUTSIDE, metadata={"json": "from"})
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict, metadata={"json": "with"})
    commands: tuple[str, ...] = ()
    setting: str = ""
    where: str = ""
    endpoints: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse words that mean nothing."""
        for name, value in (("from", self.origin), ("status", self.status)):
            if value not in _CHOICES[name]:
                raise MalformedRecordError(
                    f"{FILE}: {self.work}: {name} is {value!r}; choose from "
                    f"{', '.join(_CHOICES[name])}"
                )


@dataclass(frozen=True)
class Caller:
    """A role: who works under it, the ARNs that the service sends for it, and its work."""

    by: str
    sends: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    work: tuple[Work, ...] = ()


@dataclass(frozen=True)
class Callers:
    """The whole table; `elsewhere` are commands that no role of ours runs, by who does."""

    shared: Mapping[str, tuple[Work, ...]]
    roles: Mapping[str, Caller]
    services: Mapping[str, tuple[Work, ...]]
    elsewhere: Mapping[str, tuple[str, ...]]

    def row_of(self, role: str) -> str:
        """Return the name of a role's row, by its name without the environment's; empty if none."""
        found = _OF_ENVIRONMENT.fullmatch(role)
        name = found[1] if found else role
        return name if name in self.roles else ""

    def of(self, name: str) -> tuple[Work, ...]:
        """Return all work of a role, what it shares with others first."""
        row = self.roles[name]
        return (*(each for part in row.shared for each in self.shared[part]), *row.work)


@cache
def callers() -> Callers:
    """Read the table."""
    import yaml

    text = files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C: ten times as fast
    loaded: Any = yaml.load(text, loader)  # noqa: S506 - a SafeLoader
    found: Callers = parse(Callers, loaded, FILE)
    return found
