"""The plan of a tear-down."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Item:
    """One resource of the environment."""

    kind: str  # in words: ``stack``, ``log group``, ``bucket``
    name: str  # or id, or ARN
    why: str = ""  # it stays, or does not go with a stack
    ids: tuple[str, ...] = field(default=(), compare=False)  # other ids in CloudFormation
    part_of: str = field(default="", compare=False)  # name of the resource it stays with
    is_data: bool = field(default=False, compare=False)  # then only both keys delete it

    def facts(self) -> dict[str, str]:
        """Return it as plain facts."""
        return {"kind": self.kind, "name": self.name, "why": self.why}

    def is_called(self, physical_id: str) -> bool:
        """Return whether a physical id of CloudFormation means this resource."""
        return (
            physical_id == self.name
            or physical_id in self.ids
            or physical_id.endswith((f"/{self.name}", f":{self.name}"))
        )


@dataclass(frozen=True)
class Plan:
    """Effects of a tear-down."""

    environment: str
    running: tuple[Item, ...] = ()  # stopped first
    stacks: tuple[str, ...] = ()  # in the order of their deletion
    beside: tuple[Item, ...] = ()  # deleted, though in no stack
    emptied: tuple[str, ...] = ()  # buckets
    stays: tuple[Item, ...] = ()
    unowned: tuple[Item, ...] = ()  # in no stack; a person decides
    shared: tuple[Item, ...] = ()
