"""Names, ARNs, references and attributes of resources as known before a deployment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from cloud_assembly.arn_forms import ARN_FORMS, GENERATED_IDS, NAME_ATTRIBUTES
from cloud_assembly.attributes import (
    attribute_patterns,
    has_attribute,
    is_array,
    is_custom,
    is_read_only,
    primary_identifier,
)
from cloud_assembly.open_lists import listed
from mlops_common.errors import MlopsError
from mlops_common.symbols import generated, opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloud_assembly.stack import Stack

_SECRET, _QUEUE = "AWS::SecretsManager::Secret", "AWS::SQS::Queue"
_RULE, _LOG_GROUP = "AWS::Events::Rule", "AWS::Logs::LogGroup"


@dataclass(frozen=True)
class PhysicalResource:
    """A resource as the account knows it."""

    name: str
    arn: str
    ref: str


class Reader(Protocol):
    """Access to resources, with their values resolved."""

    def body(self, stack: Stack, logical_id: str) -> Mapping[str, Any]:
        """Return a resource's body."""

    def resource(self, stack: Stack, logical_id: str) -> PhysicalResource:
        """Return a resource's names."""

    def resolve(self, value: Any, stack: Stack) -> Any:
        """Evaluate the intrinsic functions in a value."""


class StrictValues:
    """Values of resources; an unknowable one is a symbol."""

    def resource(
        self, stack: Stack, logical_id: str, kind: str, properties: Mapping[str, Any]
    ) -> PhysicalResource:
        """Return name, ARN and reference; `properties` are its names and path, resolved."""
        form, identifier = ARN_FORMS.get(kind), primary_identifier(kind, stack.region)
        given = properties.get(form.name_property) if form else None
        name = str(given) if given else generated(stack.name, logical_id)
        if kind == _SECRET:
            name = f"{name}-{generated(stack.name, logical_id, 'Suffix')}" if given else name
        if form is None:
            return PhysicalResource(
                name,
                opened(stack.name, logical_id, "Arn"),
                self._identifier(stack, logical_id, kind, properties),
            )
        arn = form.arn(stack, name, str(properties.get("Path", "/")))
        arn = f"{arn}:*" if kind == _LOG_GROUP else arn
        if kind == _QUEUE:
            url = f"https://sqs.{stack.region}.{stack.url_suffix}/{stack.account}/{name}"
            return PhysicalResource(name, arn, url)
        bus = str(properties.get("EventBusName", "")).rpartition("/")[2]
        if kind == _RULE and bus not in {"", "default"}:
            return PhysicalResource(name, form.arn(stack, f"{bus}/{name}", ""), f"{bus}|{name}")
        if identifier == form.attribute and kind != _RULE:
            return PhysicalResource(name, arn, arn)
        if kind == "AWS::CodeCommit::Repository":
            return PhysicalResource(name, arn, generated(stack.name, logical_id, "RepositoryId"))
        return PhysicalResource(name, arn, name)

    def attribute(self, resolver: Reader, stack: Stack, logical_id: str, attribute: str) -> Any:
        """Return the value of an attribute; one that the type lacks is refused."""
        body = resolver.body(stack, logical_id)
        kind, form = body["Type"], ARN_FORMS.get(body["Type"])
        if not has_attribute(kind, attribute, stack.region):
            there = ", ".join(attribute_patterns(kind, stack.region) or ()) or "none"
            raise MlopsError(
                f"stack {stack.name}: Fn::GetAtt {logical_id}.{attribute}: {kind} has no such "
                f"attribute; it has: {there}"
            )
        if is_custom(kind) or attribute_patterns(kind, stack.region) is None:
            return opened(stack.name, logical_id, attribute)
        resource = resolver.resource(stack, logical_id)
        if form is not None and attribute == form.attribute:
            return resource.arn
        if attribute == primary_identifier(kind, stack.region):
            return resource.ref
        if (given := _given(resolver, stack, body, attribute)) is not None:
            return given
        if (form and attribute == form.name_property) or (kind, attribute) in NAME_ATTRIBUTES:
            return resource.name
        make = generated if (kind, attribute) in GENERATED_IDS else opened
        symbol = make(stack.name, logical_id, attribute)
        return listed(symbol) if is_array(kind, attribute, stack.region) else symbol

    def parameter(self, stack: Stack, name: str, _kind: str, _path: str) -> str:
        """Return the value of a parameter that the account keeps in SSM under a path."""
        return opened(stack.name, name, "Value")

    def stack_suffix(self, stack: Stack) -> str:
        """Return the last part of a stack's id."""
        return generated(stack.name, "AWS", "StackId")

    def zones(self, stack: Stack, region: str) -> list[str]:
        """List the availability zones that a region gives to an account."""
        return [opened(stack.name, "AWS", f"Zone{index}-{region}") for index in range(3)]

    def _identifier(
        self, stack: Stack, logical_id: str, kind: str, properties: Mapping[str, Any]
    ) -> str:
        """Return the `Ref` of a type without a known ARN."""
        name = primary_identifier(kind, stack.region)
        if properties.get(name):
            return str(properties[name])
        made_by_aws = name.endswith(("Id", "Identifier")) and is_read_only(kind, name, stack.region)
        made_by_stack = name.endswith("Name") and not is_read_only(kind, name, stack.region)
        if made_by_aws or made_by_stack:
            return generated(stack.name, logical_id)
        return opened(stack.name, logical_id, "Ref")


def _given(resolver: Reader, stack: Stack, body: Mapping[str, Any], attribute: str) -> Any:
    """Return an attribute among the properties that the template writes, or None."""
    first, *others = attribute.split(".")
    properties = body.get("Properties", {})
    if first not in properties or is_read_only(body["Type"], first, stack.region):
        return None
    value = resolver.resolve(properties[first], stack)
    for part in others:
        value = value.get(part) if isinstance(value, dict) else None
    return value
