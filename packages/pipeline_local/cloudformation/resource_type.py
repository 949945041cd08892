"""What a resource type has to say: how it is created, updated, read and deleted by its API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class ResourceError(Exception):
    """A resource cannot be created, changed or deleted; its text is what AWS would say."""


class NotFoundError(ResourceError):
    """The resource does not exist any more."""


@dataclass(frozen=True)
class Context:
    """Where a resource is handled.

    Attributes
    ----------
    client
        Returns the boto3 client of a service, in the stack's account and region.
    generated_name
        A name as CloudFormation generates it (``Stack-LogicalId-0A1B…``), for a resource whose
        template gives none; the same again when a deployment is repeated.
    stack_id
        The ARN of the stack.
    say
        Notes what is only recorded, not created: the deployment prints it.
    """

    client: Callable[[str], Any]
    account: str
    region: str
    partition: str
    stack_id: str
    stack_name: str
    logical_id: str
    generated_name: str
    say: Callable[[str], None] = print


@dataclass(frozen=True)
class Resource:
    """A resource that exists: what ``Ref`` gives, and the values of ``Fn::GetAtt``."""

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


class ResourceType(Protocol):
    """A type of resource. Properties come resolved; numbers and booleans may still be text.

    Attributes
    ----------
    name
        For example ``AWS::SNS::Topic``.
    properties
        Names of all properties, at any depth in dots (``TableInput.StorageDescriptor.Columns``;
        a name covers what is below it), that `create` and `update` carry out. The engine refuses
        a template with another one, by name.
    """

    name: str
    properties: frozenset[str]

    def create(self, context: Context, properties: Mapping[str, Any]) -> Resource:
        """Create the resource; raise `ResourceError` with AWS's words if the service refuses."""
        ...

    def update(
        self,
        context: Context,
        physical_id: str,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> Resource:
        """Change the resource in place. The engine replaces it where the schema says so."""
        ...

    def read(self, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return its properties as the service's API answers them, in the template's form.

        Raises `NotFoundError` if it is gone. Tests compare this with the template.
        """
        ...

    def delete(self, context: Context, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete it; nothing to do if it is gone. `ResourceError` makes it ``DELETE_FAILED``."""
        ...
