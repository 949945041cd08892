"""CloudFormation's intrinsic functions, evaluated without guessing.

What only a deployment decides becomes a symbol (`mlops_common.symbols`). Source: the CloudFormation
user guide, "Intrinsic function reference". Any other function is refused.
"""

from __future__ import annotations

import base64
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from cloud_assembly.resource_values import PhysicalResource, StrictValues
from mlops_common.errors import MlopsError
from mlops_common.symbols import GENERATED, OPEN, generated_in, open_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloud_assembly.stack import Stack

_NO_VALUE = object()
_SSM_VALUE = "AWS::SSM::Parameter::Value<"
_IN_NAMES = re.compile(r"[\w.+=-]")
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]*)\}")


class Resolver:
    """Evaluator of template values, also across the stacks of one assembly."""

    values: ClassVar[StrictValues] = StrictValues()

    def __init__(self, stacks: Sequence[Stack]) -> None:
        self._stacks = stacks
        self._named: dict[tuple[str, str], PhysicalResource] = {}
        self._exports: dict[tuple[str, str], dict[str, tuple[Stack, object]]] = {}
        self._functions: dict[str, Callable[[Any, Stack], Any]] = {
            "Ref": self._ref,
            "Condition": self._condition,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::ImportValue": self._import,
            "Fn::FindInMap": self._find_in_map,
            "Fn::If": self._if,
            "Fn::Equals": self._equals,
            "Fn::And": lambda parts, stack: all(self.resolve(part, stack) for part in parts),
            "Fn::Or": lambda parts, stack: any(self.resolve(part, stack) for part in parts),
            "Fn::Not": lambda parts, stack: not self.resolve(parts[0], stack),
            "Fn::Base64": self._base64,
            "Fn::GetAZs": self._zones,
        }

    def resolve(self, value: object, stack: Stack) -> Any:
        """Return the value with every intrinsic function evaluated."""
        if isinstance(value, list):
            resolved = [self.resolve(item, stack) for item in value]
            return [item for item in resolved if item is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((key, argument),) = value.items()
            if key in self._functions:
                return self._called(key, argument, stack)
            if key.startswith("Fn::"):
                raise MlopsError(f"stack {stack.name}: {key} is not supported")
        members = {key: self.resolve(item, stack) for key, item in value.items()}
        return {key: item for key, item in members.items() if item is not _NO_VALUE}

    def _called(self, function: str, argument: object, stack: Stack) -> Any:
        try:
            return self._functions[function](argument, stack)
        except RecursionError:
            problem = "refers to itself, or is nested too deeply"
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            problem = "does not have the form that CloudFormation documents"
        raise MlopsError(f"stack {stack.name}: {function} {str(argument)[:200]}: {problem}")

    def resolve_mapping(self, value: object, stack: Stack) -> dict[str, Any]:
        """Resolve a JSON object."""
        return dict(self.resolve(value, stack))

    def resource(self, stack: Stack, logical_id: str) -> PhysicalResource:
        """Return name, ARN and reference of a resource."""
        if (stack.name, logical_id) not in self._named:
            body = self.body(stack, logical_id)
            # Only names and paths matter here; resolving every property could run in circles.
            wanted = {
                key: self.resolve(item, stack)
                for key, item in body.get("Properties", {}).items()
                if key in {"Path", "Url", "Id"} or key.endswith("Name")
            }
            named = self.values.resource(stack, logical_id, body["Type"], wanted)
            self._named[stack.name, logical_id] = named
        return self._named[stack.name, logical_id]

    def body(self, stack: Stack, logical_id: str) -> dict[str, Any]:
        """Return a resource of a template."""
        found = stack.resources.get(logical_id)
        if found is None:
            raise MlopsError(f"stack {stack.name}: there is no resource {logical_id}")
        return found

    def _ref(self, name: object, stack: Stack) -> Any:
        name = str(name)
        pseudo = {
            "AWS::AccountId": stack.account,
            "AWS::Region": stack.region,
            "AWS::Partition": stack.partition,
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": stack.url_suffix,
            "AWS::StackId": f"arn:{stack.partition}:cloudformation:{stack.region}"
            f":{stack.account}:stack/{stack.name}/{self.values.stack_suffix(stack)}",
            "AWS::NotificationARNs": [],
            "AWS::NoValue": _NO_VALUE,
        }
        if name in pseudo:
            return pseudo[name]
        if name in stack.template.get("Parameters", {}):
            return self._parameter(name, stack)
        return self.resource(stack, name).ref

    def _parameter(self, name: str, stack: Stack) -> Any:
        parameter = stack.template["Parameters"][name]
        value = stack.parameters.get(name, parameter.get("Default"))
        if value is None:
            raise MlopsError(f"stack {stack.name}: parameter {name} has no default")
        kind = str(parameter.get("Type", "String"))
        if kind.startswith(_SSM_VALUE) and name not in stack.parameters:
            # One of another stack here, or else one that only the account knows.
            value = self._ssm.get(str(value)) or self.values.parameter(
                stack, name, kind, str(value)
            )
        return str(value).split(",") if "List" in kind else value

    @cached_property
    def _ssm(self) -> dict[str, str]:
        """Return the values of the SSM parameters of all stacks by name."""
        return {
            str(self.resolve(resource["Properties"]["Name"], stack)): str(
                self.resolve(resource["Properties"]["Value"], stack)
            )
            for stack in self._stacks
            for _, resource in stack.resources_of_type("AWS::SSM::Parameter")
            if "Name" in resource.get("Properties", {})
        }

    def _get_att(self, argument: object, stack: Stack) -> Any:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        if not isinstance(parts, list) or len(parts) != 2:  # noqa: PLR2004 - resource, attribute
            raise MlopsError(f"stack {stack.name}: Fn::GetAtt {argument!r} names no attribute")
        logical_id, attribute = str(parts[0]), str(self.resolve(parts[1], stack))
        self.body(stack, logical_id)
        return self.values.attribute(self, stack, logical_id, attribute)

    def _sub(self, argument: object, stack: Stack) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})
        known = {name: str(self.resolve(value, stack)) for name, value in variables.items()}

        def bind(match: re.Match[str]) -> str:
            escaped, name = match.groups()
            if escaped:
                return f"${{{name}}}"
            if name in known:
                return known[name]
            return str(self._get_att(name, stack) if "." in name else self._ref(name, stack))

        return _PLACEHOLDER.sub(bind, str(text))

    def _join(self, argument: list[Any], stack: Stack) -> str:
        separator, parts = argument[0], self.resolve(argument[1], stack)
        if isinstance(parts, str) and open_in(parts):
            return parts
        return str(separator).join(str(part) for part in parts)

    def _select(self, argument: list[Any], stack: Stack) -> object:
        index, items = (self.resolve(part, stack) for part in argument)
        if isinstance(items, str) and open_in(items):
            return items
        try:
            return items[int(index)]
        except (IndexError, ValueError):
            raise MlopsError(f"stack {stack.name}: Fn::Select {index} of {items}") from None

    def _split(self, argument: list[Any], stack: Stack) -> Any:
        separator, text = (self.resolve(part, stack) for part in argument)
        text, separator = str(text), str(separator)
        if _IN_NAMES.search(separator):  # nor is it known where that cuts a name that AWS makes up
            text = GENERATED.sub(r"+\g<stack>.\g<id>@Name+", text)
        # Where an open value ends is not known, so neither is any part of the text.
        return _open_as_a_whole(text) or text.split(separator)

    def _import(self, argument: object, stack: Stack) -> object:
        name = str(self.resolve(argument, stack))
        exports = self._exports_of(stack.account, stack.region)
        if name not in exports:
            raise MlopsError(
                f"stack {stack.name}: imports {name!r}, which no stack exports; a template that "
                "imports is run from the folder with those it imports from (cdk synth writes it)"
            )
        owner, value = exports[name]
        return self.resolve(value, owner)

    def _exports_of(self, account: str, region: str) -> dict[str, tuple[Stack, object]]:
        if (account, region) not in self._exports:
            self._exports[account, region] = {
                str(self.resolve(output["Export"]["Name"], stack)): (stack, output["Value"])
                for stack in self._stacks
                if (stack.account, stack.region) == (account, region)
                for output in stack.template.get("Outputs", {}).values()
                if "Export" in output
            }
        return self._exports[account, region]

    def _find_in_map(self, argument: list[Any], stack: Stack) -> object:
        name, first, second = (str(self.resolve(part, stack)) for part in argument[:3])
        try:
            return stack.template["Mappings"][name][first][second]
        except KeyError:
            where = f"{name}.{first}.{second}"
            raise MlopsError(f"stack {stack.name}: Fn::FindInMap finds no {where}") from None

    def _if(self, argument: list[Any], stack: Stack) -> object:
        condition, yes, no = argument
        return self.resolve(yes if self._condition(condition, stack) else no, stack)

    def _condition(self, name: object, stack: Stack) -> bool:
        conditions = stack.template.get("Conditions", {})
        if name not in conditions:
            raise MlopsError(f"stack {stack.name}: there is no condition {name}")
        return bool(self.resolve(conditions[name], stack))

    def _equals(self, argument: list[Any], stack: Stack) -> bool:
        left, right = (self.resolve(part, stack) for part in argument)
        # An id that only SSM knows may be any, also one that the template writes.
        unknown = (*open_in([left, right]), *generated_in(f"{left} {right}"))
        if left != right and unknown:
            raise MlopsError(f"stack {stack.name}: a condition depends on {', '.join(unknown)}")
        return bool(left == right)

    def _base64(self, argument: object, stack: Stack) -> str:
        text = str(self.resolve(argument, stack))
        return _open_as_a_whole(text) or base64.b64encode(text.encode()).decode()

    def _zones(self, argument: object, stack: Stack) -> list[str]:
        return self.values.zones(stack, str(self.resolve(argument, stack) or stack.region))


def _open_as_a_whole(text: object) -> str:
    """Return the open symbols of a text, all that is known of it; empty without any."""
    return "".join(found[0] for found in OPEN.finditer(str(text)))
