"""What resource types made by a service's API have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.resource_type import Resource, ResourceError
from pipeline_local.cloudformation.service_api import Api, as_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pipeline_local.cloudformation.resource_type import Context


@dataclass(frozen=True)
class Change:
    """What a resource has, and what it shall have."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]

    def of(self, *names: str) -> bool:
        """Return whether one of these properties differs."""
        return any(self.before.get(name) != self.after.get(name) for name in names)

    def items(self, name: str) -> tuple[list[Any], list[Any]]:
        """Return the items of a list that come and those that go."""
        before, after = self.before.get(name) or [], self.after.get(name) or []
        return [i for i in after if i not in before], [i for i in before if i not in after]

    def tags(self, name: str = "Tags") -> tuple[list[dict[str, str]], list[str]]:
        """Return the tags to set and the keys of those to remove."""
        before, after = (dict(as_pairs(each.get(name))) for each in (self.before, self.after))
        new = [{"Key": k, "Value": v} for k, v in after.items() if before.get(k) != v]
        return new, [key for key in before if key not in after]


class ApiType(ABC):
    """A type that one service's API creates, and then configures property by property.

    Attributes
    ----------
    made_with
        The properties that `make` sets; `configure` is asked for the others, and for changes.
    """

    name: str
    service: str
    properties: frozenset[str]
    made_with: tuple[str, ...] = ()

    def create(self, context: Context, properties: Mapping[str, Any]) -> Resource:
        """Make and configure the resource; leave nothing if a part is refused."""
        api = Api(context, self.service)
        physical_id = self.make(api, context, properties)
        made = picked(properties, self.made_with)
        try:
            self.configure(api, physical_id, Change(made, properties))
        except ResourceError:
            self.delete(context, physical_id, properties)
            raise
        return self._resource(api, context, physical_id)

    def update(
        self,
        context: Context,
        physical_id: str,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> Resource:
        """Configure what differs."""
        api = Api(context, self.service)
        self.configure(api, physical_id, Change(before, after))
        return self._resource(api, context, physical_id)

    def read(self, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Ask the service for the properties."""
        return self.found(Api(context, self.service), physical_id)

    def delete(self, context: Context, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Remove the resource."""
        self.remove(Api(context, self.service), physical_id, properties)

    def _resource(self, api: Api, context: Context, physical_id: str) -> Resource:
        return Resource(physical_id, self.attributes(api, context, physical_id))

    @abstractmethod
    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the resource with the properties of `made_with`; return its physical id."""

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Carry out a change of properties."""
        del api, physical_id, change

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the values of ``Fn::GetAtt``."""
        del api, context, physical_id
        return {}

    @abstractmethod
    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the properties that the service answers, in the template's form."""

    @abstractmethod
    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the resource; nothing to do if it is gone."""


def picked(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the values of these names, as far as they are given."""
    return {name: values[name] for name in names if values.get(name) is not None}


def below(name: str, *members: str) -> frozenset[str]:
    """Return the dotted names of a property's members."""
    return frozenset(f"{name}.{member}" for member in members)


TAGS = below("Tags", "Key", "Value")


def retag(
    api: Api,
    change: Change,
    of: Callable[[], Mapping[str, Any]],
    *,
    tag: str = "tag_resource",
    untag: str = "untag_resource",
    keys: str = "TagKeys",
) -> None:
    """Set and remove the tags that differ; `of` names the resource, and is called only then."""
    new, old = change.tags()
    if not new and not old:
        return
    named = of()
    if old:
        api(untag, **named, **{keys: old})
    if new:
        api(tag, **named, Tags=new)


class PutType(ApiType):
    """A type whose one operation creates and replaces it, by a name that the template may give.

    Attributes
    ----------
    operation
        For example ``put_dashboard``.
    named
        The property that names it.
    """

    operation: str
    named: str

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Put it."""
        name = str(properties.get(self.named) or context.generated_name)
        api(self.operation, **{self.named: name}, **picked(properties, self.made_with))
        return name

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Put it anew."""
        if change.of(*self.made_with):
            given = picked(change.after, self.made_with)
            api(self.operation, **{self.named: physical_id}, **given)
