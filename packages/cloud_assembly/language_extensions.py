"""`Fn::ForEach` of CloudFormation's transform AWS::LanguageExtensions.

The transform's other functions are the resolver's. Source: CloudFormation guide, "Fn::ForEach".
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloud_assembly.stack import Stack

TRANSFORM = "AWS::LanguageExtensions"
_LOOP = "Fn::ForEach::"
_PLACE = re.compile(r"([$&])\{(\w+)\}")
_NO_LETTER = re.compile(r"[^0-9A-Za-z]")


def transforms_of(template: Mapping[str, Any]) -> list[object]:
    """List the macros that a template is put through."""
    named = template.get("Transform", [])
    return named if isinstance(named, list) else [named]


def is_loop(name: str) -> bool:
    """Return whether a key stands for a loop."""
    return name.startswith(_LOOP)


def expanded(stack: Stack) -> Stack:
    """Return a stack with its loops written out."""
    if TRANSFORM not in transforms_of(stack.template):
        return stack
    return replace(stack, template=_walked(stack.template, {}, stack))


def _walked(value: Any, bound: Mapping[str, str], stack: Stack) -> Any:
    if isinstance(value, str):
        return _replaced(value, bound)
    if isinstance(value, list):
        return [_walked(each, bound, stack) for each in value]
    if not isinstance(value, dict):
        return value
    if list(value) == ["Ref"] and str(value["Ref"]) in bound:
        return bound[str(value["Ref"])]
    found: dict[str, Any] = {}
    for name, inner in value.items():
        members = (
            _repeated(name, inner, bound, stack)
            if is_loop(str(name))
            else {_replaced(str(name), bound): _walked(inner, bound, stack)}
        )
        if twice := set(found) & set(members):
            raise MlopsError(f"stack {stack.name}: {name}: {min(twice)} comes out twice")
        found.update(members)
    return found


def _repeated(name: str, loop: Any, bound: Mapping[str, str], stack: Stack) -> dict[str, Any]:
    if not (isinstance(loop, list) and len(loop) == 3 and isinstance(loop[2], dict)):  # noqa: PLR2004
        raise MlopsError(f"stack {stack.name}: {name} is not [identifier, list, object]")
    identifier, items, body = loop
    found: dict[str, Any] = {}
    for item in _items(name, _walked(items, bound, stack), stack):
        found.update(_walked(body, {**bound, str(identifier): item}, stack))
    return found


def _items(name: str, items: Any, stack: Stack) -> list[str]:
    if isinstance(items, dict) and list(items) == ["Ref"]:
        parameter = str(items["Ref"])
        if parameter not in stack.parameters:
            raise MlopsError(
                f"stack {stack.name}: {name} goes over parameter {parameter}; "
                f"give its value (--parameter {parameter}=A,B)"
            )
        return [each.strip() for each in stack.parameters[parameter].split(",")]
    if isinstance(items, list) and all(isinstance(each, str) for each in items):
        return items
    raise MlopsError(f"stack {stack.name}: {name} goes over neither texts nor a parameter")


def _replaced(text: str, bound: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        if found[2] not in bound:
            return found[0]
        return _NO_LETTER.sub("", bound[found[2]]) if found[1] == "&" else bound[found[2]]

    return _PLACE.sub(value, text) if bound else text
