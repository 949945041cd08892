"""Values of a template against what really exists."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloud_assembly.intrinsics import Resolver
from cloud_assembly.resource_values import PhysicalResource
from cloud_assembly.stack import Stack as Template
from mlops_common.symbols import open_symbols, opened
from pipeline_local.cloudformation.refusals import invalid
from pipeline_local.cloudformation.resource_type import ResourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pipeline_local.cloudformation.stacks import Definition, Record, Stack

KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"
_LOOK_UP = re.compile(r"\{\{resolve:(?P<service>[^:}]+):(?P<rest>[^}]*)\}\}")


@dataclass
class Surroundings:
    """What a template may read beside its own resources.

    Attributes
    ----------
    exports
        Values that the stacks of this account and region export.
    imported
        Names of those that were read.
    """

    client: Callable[[str], Any]
    exports: Mapping[str, str]
    imported: set[str] = field(default_factory=set)

    def zones(self, region: str) -> list[str]:
        """List the availability zones."""
        found = self.client("ec2").describe_availability_zones(
            Filters=[{"Name": "region-name", "Values": [region]}]
        )
        return sorted(each["ZoneName"] for each in found["AvailabilityZones"])

    def look_up(self, service: str, rest: str) -> str:
        """Return what a dynamic reference stands for."""
        if service in {"ssm", "ssm-secure"}:
            found = self.client("ssm").get_parameter(Name=rest, WithDecryption=True)
            return str(found["Parameter"]["Value"])
        raise ResourceError(f"the local AWS does not support {{{{resolve:{service}:…}}}}")


class LiveResolver(Resolver):
    """Evaluator of one stack's values; before a deployment, what it will make is a symbol.

    Attributes
    ----------
    records
        The resources that exist already; a value of another one is known after the deployment
        only, as is one of those in `open_records`.
    """

    def __init__(
        self,
        stack: Stack,
        definition: Definition,
        records: Mapping[str, Record],
        surroundings: Surroundings,
        *,
        previews: bool = False,
    ) -> None:
        self.view = Template(
            stack.name,
            stack.account,
            stack.region,
            definition.template,
            parameters=definition.values,
        )
        super().__init__([self.view])
        self._stack = stack
        self._records = records
        self._surroundings = surroundings
        self._previews = previews
        self.open_records: set[str] = set()
        self._functions |= {  # of rules
            "Fn::Contains": lambda parts, view: self._members(parts, view, any),
            "Fn::EachMemberEquals": lambda parts, view: self._members(parts, view, all),
            "Fn::EachMemberIn": lambda parts, view: (
                set(self.resolve(parts[0], view)) <= set(self.resolve(parts[1], view))
            ),
        }

    def check_rules(self) -> None:
        """Refuse values of parameters that a rule of the template forbids."""
        for name, rule in self.view.template.get("Rules", {}).items():
            if "RuleCondition" in rule and not self.value(rule["RuleCondition"]):
                continue
            for each in rule.get("Assertions", []):
                if not self.value(each["Assert"]):
                    why = each.get("AssertDescription", "an assertion does not hold")
                    raise invalid(f"Template validation failed: rule {name}: {why}")

    def _members(self, parts: Any, view: Template, how: Callable[[Iterable[bool]], bool]) -> bool:
        members, wanted = (self.resolve(part, view) for part in parts)
        return how(str(each) == str(wanted) for each in members)

    def value(self, written: object) -> Any:
        """Return a value with every intrinsic function evaluated."""
        return self.resolve(written, self.view)

    def holds(self, body: Mapping[str, Any]) -> bool:
        """Return whether a resource's or output's condition holds."""
        return "Condition" not in body or self._condition(body["Condition"], self.view)

    def check_imports(self) -> None:
        """Refuse an import of what no stack exports, before anything is created."""
        for name in _imports_in(self.view.template.get("Resources", {})):
            self._import(name, self.view)

    def resource(self, stack: Template, logical_id: str) -> PhysicalResource:
        """Return what `Ref` gives."""
        self.body(stack, logical_id)
        record = self._known(logical_id)
        reference = record.physical_id if record else opened(stack.name, logical_id, "Ref")
        return PhysicalResource(reference, reference, reference)

    def _ref(self, name: object, stack: Template) -> Any:
        if name == "AWS::StackId":
            return self._stack.id
        if name == "AWS::NotificationARNs":
            return list(self._stack.notifications)
        return super()._ref(name, stack)

    def _get_att(self, argument: object, stack: Template) -> Any:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        if not isinstance(parts, list) or len(parts) != 2:  # noqa: PLR2004 (resource, attribute)
            raise ResourceError(f"Fn::GetAtt {argument!r} names no attribute")
        logical_id, attribute = str(parts[0]), str(self.resolve(parts[1], stack))
        kind = self.body(stack, logical_id)["Type"]
        record = self._known(logical_id)
        if record is None:
            return opened(stack.name, logical_id, attribute)
        found: Any = record.attributes
        if attribute in found:
            return found[attribute]
        for part in attribute.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if found is None:
            raise ResourceError(
                f"Requested attribute {attribute} must be a readonly property in schema for {kind}"
                f" ({logical_id})"
            )
        return found

    def _known(self, logical_id: str) -> Record | None:
        record = self._records.get(logical_id)
        if record is not None and record.physical_id and logical_id not in self.open_records:
            return record
        if not self._previews:
            raise ResourceError(f"resource {logical_id} does not exist")
        return None

    def _import(self, argument: object, stack: Template) -> object:
        name = str(self.resolve(argument, stack))
        if name not in self._surroundings.exports:
            raise ResourceError(f"No export named {name} found")
        self._surroundings.imported.add(name)
        return self._surroundings.exports[name]

    def _zones(self, argument: object, stack: Template) -> list[str]:
        return self._surroundings.zones(str(self.resolve(argument, stack) or stack.region))

    def _looked_up(self, text: str, _stack: Template) -> str:
        if "{{resolve:" not in text:
            return text
        return _LOOK_UP.sub(
            lambda found: self._surroundings.look_up(found["service"], found["rest"]), text
        )


def _imports_in(value: object) -> Iterator[object]:
    if isinstance(value, list):
        for each in value:
            yield from _imports_in(each)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "Fn::ImportValue":
                yield inner
            else:
                yield from _imports_in(inner)


def as_shown(value: Any) -> Any:
    """Return a value as a change set shows it: what is not known yet, by CloudFormation's words."""
    if isinstance(value, dict):
        return {key: as_shown(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_shown(each) for each in value]
    return KNOWN_AFTER_APPLY if open_symbols(value) else value
