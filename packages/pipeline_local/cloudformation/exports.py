"""What stacks export to others of their account and region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline_local.cloudformation.evaluation import Surroundings
from pipeline_local.cloudformation.resource_type import ResourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.cloudformation.clients import Clients
    from pipeline_local.cloudformation.stacks import Stack
    from pipeline_local.cloudformation.store import Store


@dataclass(frozen=True)
class Exports:
    """The exports and imports of all stacks."""

    store: Store
    clients: Clients

    def surroundings(self, stack: Stack) -> Surroundings:
        """Return what the template of a stack may read."""
        exports = {
            name: value for other in self._beside(stack) for name, value in other.exports.items()
        }
        return Surroundings(self.clients.of(stack.account, stack.region), exports)

    def importers(self, stack: Stack, name: str) -> list[str]:
        """Return the names of the stacks that import a value."""
        return sorted(each.name for each in self._beside(stack) if name in each.imports)

    def users(self, stack: Stack) -> dict[str, list[str]]:
        """Return the exports of a stack that others import, each with those others."""
        found = {name: self.importers(stack, name) for name in stack.exports}
        return {name: others for name, others in found.items() if others}

    def check(self, stack: Stack, outputs: list[dict[str, str]]) -> None:
        """Refuse new outputs of a stack that others' exports or imports forbid."""
        new = {each["ExportName"]: each["OutputValue"] for each in outputs if "ExportName" in each}
        for other in self._beside(stack):
            if both := sorted(set(new) & set(other.exports)):
                raise ResourceError(
                    f"Export with name {both[0]} is already exported by stack {other.name}."
                )
        for name, others in self.users(stack).items():
            if name not in new:
                raise ResourceError(
                    f"Export {name} cannot be deleted as it is in use by {' and '.join(others)}."
                )
            if new[name] != stack.exports[name]:
                raise ResourceError(
                    f"Export {name} cannot be updated as it is in use by {' and '.join(others)}."
                )

    def _beside(self, stack: Stack) -> Iterator[Stack]:
        place = (stack.account, stack.region)
        for other in list(self.store.stacks.values()):
            here = (other.account, other.region) == place
            if here and other.id != stack.id and not other.is_gone:
                yield other
