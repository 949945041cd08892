"""CloudFormation's intrinsic functions, evaluated without guessing.

What only a deployment decides becomes a symbol (`mlops_common.symbols`). Source: the CloudFormation
user guide, "Intrinsic function reference". Any other function is refused.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from cloud_assembly.cases import is_list, is_of_ssm, text_of, unknown_in
from cloud_assembly.open_lists import encoded, joined, length, listed, selected, split, subnets_of
from cloud_assembly.resource_values import PhysicalResource, StrictValues
from mlops_common.errors import MlopsError
from mlops_common.symbols import generated, open_in, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloud_assembly.cases import Case
    from cloud_assembly.stack import Stack

_NO_VALUE = object()
_UNKNOWN_PLACES = ("AWS::AccountId", "AWS::Region", "AWS::StackName")
_LOOK_UP = re.compile(r"\{\{resolve:([^}]*)\}\}")
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]*)\}")


class Resolver:
    """Evaluator of template values, also across the stacks of one assembly.

    Without a case, parameters have their defaults, and what others export is needed.
    """

    values: ClassVar[StrictValues] = StrictValues()

    def __init__(self, stacks: Sequence[Stack], case: Case | None = None) -> None:
        self._stacks = stacks
        self._case = case
        self._comparing = False
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
            "Fn::Base64": lambda value, stack: encoded(str(self.resolve(value, stack))),
            "Fn::GetAZs": self._zones,
            "Fn::Cidr": lambda parts, stack: subnets_of(*(self.resolve(parts, stack))),
            "Fn::Length": lambda value, stack: length(self.resolve(value, stack)),
            "Fn::ToJsonString": lambda value, stack: json.dumps(self.resolve(value, stack)),
        }

    def resolve(self, value: object, stack: Stack) -> Any:
        """Return the value with every intrinsic function evaluated."""
        if isinstance(value, list):
            resolved = [self.resolve(item, stack) for item in value]
            return [item for item in resolved if item is not _NO_VALUE]
        if isinstance(value, str):
            return self._looked_up(value, stack)
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
            value = self._functions[function](argument, stack)
            return self._looked_up(value, stack) if isinstance(value, str) else value
        except RecursionError:
            problem = "refers to itself, or is nested too deeply"
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            problem = "does not have the form that CloudFormation documents"
        raise MlopsError(f"stack {stack.name}: {function} {str(argument)[:200]}: {problem}")

    def _looked_up(self, text: str, stack: Stack) -> str:
        """Put a symbol for what a deployment looks up in SSM or Secrets Manager."""
        if self._case is None or "{{resolve:" not in text:
            return text
        return _LOOK_UP.sub(lambda found: opened(stack.name, "resolve", found[1]), text)

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
        if self._comparing and self._case and stack.alone and name in _UNKNOWN_PLACES:
            return self._case.parameter(stack, name)
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
        kind = str(parameter.get("Type", "String"))
        value = stack.parameters.get(name)
        if value is None and is_of_ssm(parameter):
            value = self._kept_by_ssm(name, kind, str(parameter.get("Default", "")), stack)
        elif value is None and self._case is not None:
            value = self._case.parameter(stack, name)
        elif value is None:
            value = parameter.get("Default")
        if value is None:
            raise MlopsError(f"stack {stack.name}: parameter {name} has no default")
        return listed(str(value)) if is_list(parameter) else value

    def _kept_by_ssm(self, name: str, kind: str, path: str, stack: Stack) -> str:
        """Return the value of a parameter of another stack here, or of one in the account."""
        if self._case is not None and (stack.name, name) in self._case.values:
            return self._case.values[stack.name, name]
        return self._ssm.get(path) or self.values.parameter(stack, name, kind, path)

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
        known = {name: text_of(self.resolve(value, stack)) for name, value in variables.items()}

        def bind(match: re.Match[str]) -> str:
            escaped, name = match.groups()
            if escaped:
                return f"${{{name}}}"
            if name in known:
                return known[name]
            return text_of(self._get_att(name, stack) if "." in name else self._ref(name, stack))

        return _PLACEHOLDER.sub(bind, str(text))

    def _join(self, argument: list[Any], stack: Stack) -> str:
        return joined(argument[0], self.resolve(argument[1], stack))

    def _select(self, argument: list[Any], stack: Stack) -> object:
        index, items = (self.resolve(part, stack) for part in argument)
        try:
            return selected(index, items)
        except (IndexError, ValueError):
            raise MlopsError(f"stack {stack.name}: Fn::Select {index} of {items}") from None

    def _split(self, argument: list[Any], stack: Stack) -> Any:
        separator, text = (str(self.resolve(part, stack)) for part in argument)
        if separator == "-" and text == self.values.stack_suffix(stack):
            # An id of five parts, which AWS makes up.
            return [generated(stack.name, "AWS", f"StackId.{index}") for index in range(5)]
        return split(separator, text)

    def _import(self, argument: object, stack: Stack) -> object:
        name = str(self.resolve(argument, stack))
        exports = self._exports_of(stack.account, stack.region)
        if name in exports:
            owner, value = exports[name]
            return self.resolve(value, owner)
        if self._case is not None:
            return opened("imports", name, "Value")
        raise MlopsError(
            f"stack {stack.name}: imports {name!r}, which no stack exports; a template that "
            "imports is run from the folder with those it imports from (cdk synth writes it)"
        )

    def _exports_of(self, account: str, region: str) -> dict[str, tuple[Stack, object]]:
        if (account, region) not in self._exports:
            self._exports[account, region] = {
                str(self.resolve(output["Export"]["Name"], stack)): (stack, output["Value"])
                for stack in self._stacks
                if (stack.account, stack.region) == (account, region)
                for output in stack.template.get("Outputs", {}).values()
                if "Export" in output
                and ("Condition" not in output or self._condition(output["Condition"], stack))
            }
        return self._exports[account, region]

    def _find_in_map(self, argument: list[Any], stack: Stack) -> object:
        name, *keys = (str(self.resolve(argument[index], stack)) for index in range(3))
        found = stack.template.get("Mappings", {}).get(name)
        for key in keys:
            if self._case is not None and open_in(key) and isinstance(found, dict):
                self._case.key_of(stack, key, [str(each) for each in found])
                return opened(stack.name, name, ".".join(keys))
            found = found.get(key) if isinstance(found, dict) else None
        if found is not None:
            return found
        default = argument[3].get("DefaultValue") if len(argument) > 3 else None  # noqa: PLR2004
        if default is not None:
            return self.resolve(default, stack)
        if self._case is not None and stack.alone and stack.region in keys:
            return opened(stack.name, name, ".".join(keys))
        where = ".".join((name, *keys))
        raise MlopsError(f"stack {stack.name}: Fn::FindInMap finds no {where}")

    def _if(self, argument: list[Any], stack: Stack) -> object:
        condition, yes, no = argument
        return self.resolve(yes if self._condition(condition, stack) else no, stack)

    def _condition(self, name: object, stack: Stack) -> bool:
        conditions = stack.template.get("Conditions", {})
        if name not in conditions:
            raise MlopsError(f"stack {stack.name}: there is no condition {name}")
        return bool(self.resolve(conditions[name], stack))

    def _equals(self, argument: list[Any], stack: Stack) -> bool:
        before, self._comparing = self._comparing, True
        try:
            left, right = (_scalar(self.resolve(part, stack)) for part in argument)
        finally:
            self._comparing = before
        if self._case is not None:
            return self._case.compare(stack, left, right)
        # An id that only SSM knows may be any, also one that the template writes.
        if left != right and (unknown := unknown_in(left, right)):
            raise MlopsError(f"stack {stack.name}: a condition depends on {', '.join(unknown)}")
        return bool(left == right)

    def _zones(self, argument: object, stack: Stack) -> list[str]:
        return self.values.zones(stack, str(self.resolve(argument, stack) or stack.region))


def _scalar(value: object) -> object:
    return text_of(value) if isinstance(value, bool | int | float) else value
