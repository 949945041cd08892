"""What is to become of each thing of an environment."""

from __future__ import annotations

from dataclasses import dataclass, field


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
    ids : tuple of str
        What CloudFormation may call it instead.
    part_of : str
        Name of the thing that it is a part of and stays with; empty for none.
    is_data : bool
        Whether only both keys delete it.
    """

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
        """Tell whether CloudFormation's physical id of something of this kind means this one."""
        return (
            physical_id == self.name
            or physical_id in self.ids
            or physical_id.endswith((f"/{self.name}", f":{self.name}"))
        )


@dataclass(frozen=True)
class Plan:
    """What a tear-down does.

    Parameters
    ----------
    running : tuple of Item
        What runs and is stopped first.
    stacks : tuple of str
        Names, in the order in which they are deleted.
    beside : tuple of Item
        What no template holds and is deleted.
    emptied : tuple of str
        Buckets whose objects, in all versions, are deleted first.
    stays : tuple of Item
        What outlives the environment, and why.
    unowned : tuple of Item
        What has the environment's names, is in no stack, and is for a person to decide about.
    shared : tuple of Item
        What the environment used with others, and why it is left alone.
    """

    environment: str
    running: tuple[Item, ...] = ()
    stacks: tuple[str, ...] = ()
    beside: tuple[Item, ...] = ()
    emptied: tuple[str, ...] = ()
    stays: tuple[Item, ...] = ()
    unowned: tuple[Item, ...] = ()
    shared: tuple[Item, ...] = ()
