"""Resources of types created, read, changed and deleted for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.cloudformation import types
from pipeline_local.cloudformation.resource_type import Context, NotFoundError, ResourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.aws import Aws
    from pipeline_local.cloudformation.resource_type import Resource, ResourceType

TAGS = [{"Key": "environment", "Value": "dev"}, {"Key": "project", "Value": "x"}]


@dataclass
class Stack:
    """Creates resources, and asks the services what they have."""

    aws: Aws
    name: str
    said: list[str] = field(default_factory=list)

    def create(self, kind: str, properties: Mapping[str, Any], **unread: Any) -> Resource:
        """Create a resource; all properties but `unread` must be read again."""
        resource = self.type(kind).create(self.context(kind), {**properties, **unread})
        self.has(kind, resource.physical_id, properties)
        return resource

    def update(
        self, kind: str, physical_id: str, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> Resource:
        resource = self.type(kind).update(self.context(kind), physical_id, before, after)
        assert resource.physical_id == physical_id
        self.has(kind, physical_id, after)
        return resource

    def read(self, kind: str, physical_id: str) -> Mapping[str, Any]:
        return self.type(kind).read(self.context(kind), physical_id)

    def has(self, kind: str, physical_id: str, properties: Mapping[str, Any]) -> None:
        read = self.read(kind, physical_id)
        for name, value in properties.items():
            assert same(value, read.get(name)), (name, value, read.get(name))

    def delete(self, kind: str, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete a resource, twice: the second finds nothing."""
        for _ in range(2):
            self.type(kind).delete(self.context(kind), physical_id, properties)
        with pytest.raises(NotFoundError):
            self.read(kind, physical_id)

    def refused(self, kind: str, properties: Mapping[str, Any]) -> str:
        """Return the words in which a creation is refused."""
        with pytest.raises(ResourceError) as refused:
            self.type(kind).create(self.context(kind), properties)
        return str(refused.value)

    def stays(self, kind: str, physical_id: str, properties: Mapping[str, Any]) -> str:
        """Return the words in which a deletion is refused."""
        with pytest.raises(ResourceError) as refused:
            self.type(kind).delete(self.context(kind), physical_id, properties)
        return str(refused.value)

    def type(self, kind: str) -> ResourceType:
        return KNOWN[f"AWS::{kind}"]

    def context(self, kind: str) -> Context:
        return Context(
            client=self.aws.client,
            account=self.aws.account,
            region=self.aws.region,
            partition="aws",
            stack_id=f"arn:aws:cloudformation:{self.aws.region}:{self.aws.account}:stack/{self.name}/x",
            stack_name=self.name,
            logical_id="Resource",
            generated_name=f"{self.name}-Resource-{kind.rpartition(':')[2]}",
            say=self.said.append,
        )


def _known() -> dict[str, ResourceType]:
    modules = (
        import_module(f"{types.__name__}.{each.name}") for each in iter_modules(types.__path__)
    )
    return {each.name: each for module in modules for each in getattr(module, "TYPES", ())}


KNOWN = _known()


def same(wanted: Any, read: Any) -> bool:
    """Return whether what was read has all that is wanted; the order of lists is the service's."""
    if isinstance(wanted, dict) and isinstance(read, dict):
        return all(key in read and same(value, read[key]) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(read, list):
        return len(wanted) == len(read) and all(
            any(same(item, other) for other in read) for item in wanted
        )
    return str(wanted).lower() == str(read).lower() if isinstance(read, bool) else wanted == read
