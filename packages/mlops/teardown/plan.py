"""The plan of a tear-down."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Item:
    """One resource of the environment."""

    kind: str
    name: str
    why: str = ""
    ids: tuple[str, ...] = field(default=(), compare=False)
    part_of: str = field(default="", compare=False)
    is_data: bool = field(default=False, compare=False)

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
    """What a tear-down does."""

    environment: str
    running: tuple[Item, ...] = ()
    stacks: tuple[str, ...] = ()
    beside: tuple[Item, ...] = ()
    emptied: tuple[str, ...] = ()
    stays: tuple[Item, ...] = ()
    unowned: tuple[Item, ...] = ()
    shared: tuple[Item, ...] = ()
