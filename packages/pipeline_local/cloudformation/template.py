"""Templates: parsing, CloudFormation's limits, and what refers to what.

Source: CloudFormation user guide, "Template anatomy".
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import yaml

from mlops_contract.limits import TEMPLATE_SECTIONS
from pipeline_local.cloudformation.refusals import invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Hooks",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    }
)
_UNSUPPORTED = ("Hooks", "Transform")
_PLACEHOLDER = re.compile(r"\$\{([^!][^}]*)\}")


class _Loader(yaml.SafeLoader):
    """Reads the short form of intrinsic functions; dates stay texts."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _short_form(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.SequenceNode):
        value: Any = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    elif isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in {"Ref", "Condition"} else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _short_form)


def parse_template(text: str) -> dict[str, Any]:
    """Parse a template, JSON or YAML."""
    try:
        # Not by yaml, which takes a hundred times as long.
        parsed = json.loads(text) if text.lstrip().startswith("{") else _parse_yaml(text)
    except ValueError as error:
        raise invalid(f"Template format error: JSON not well-formed. ({error})") from None
    except yaml.YAMLError as error:
        raise invalid(f"Template format error: YAML not well-formed. ({error})") from None
    if not isinstance(parsed, dict):
        raise invalid("Template format error: unsupported structure.")
    return parsed


def _parse_yaml(text: str) -> Any:
    return yaml.load(text, Loader=_Loader)  # noqa: S506 (a safe loader's subclass)


def check_template(template: Mapping[str, Any]) -> None:
    """Refuse what CloudFormation refuses before it begins."""
    if wrong := sorted(set(template) - _SECTIONS):
        raise invalid(f"Invalid template property or properties [{', '.join(wrong)}]")
    for name in _UNSUPPORTED:
        if template.get(name):
            raise invalid(f"the local AWS does not support the section {name} of a template")
    if not template.get("Resources"):
        raise invalid("Template format error: At least one Resources member must be defined.")
    for section, most in TEMPLATE_SECTIONS.items():
        if (count := len(template.get(section, {}))) > most:
            words = section.lower()
            raise invalid(
                f"Template format error: Number of {words}, {count}, is greater than maximum "
                f"allowed, {most}"
            )
    for logical_id, body in template["Resources"].items():
        if not isinstance(body, dict) or not isinstance(body.get("Type"), str):
            raise invalid(
                f"Template format error: [/Resources/{logical_id}] Every Resources object must "
                "contain a Type member."
            )
    _check_references(template)
    order_of({name: needs_of(template, name) for name in template["Resources"]})


def _check_references(template: Mapping[str, Any]) -> None:
    known = {*template["Resources"], *template.get("Parameters", {})}
    for section in ("Resources", "Outputs"):
        found = references(template.get(section, {}))
        depended = [
            name
            for body in template["Resources"].values()
            for name in _listed(body.get("DependsOn", []))
        ]
        if unknown := sorted({*found, *depended} - known):
            raise invalid(
                "Template format error: Unresolved resource dependencies "
                f"[{', '.join(unknown)}] in the {section} block of the template"
            )


def references(value: object) -> set[str]:
    """Return the names of the resources and parameters that a value refers to."""
    return {name for name in _references(value, frozenset()) if not name.startswith("AWS::")}


def _references(value: object, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _references(each, bound)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref" and len(value) == 1:
                yield str(inner)
            elif key == "Fn::GetAtt" and len(value) == 1:
                first = inner.partition(".")[0] if isinstance(inner, str) else inner[0]
                yield str(first)
            elif key == "Fn::Sub" and len(value) == 1:
                text, variables = inner if isinstance(inner, list) else (inner, {})
                yield from _references(variables, bound)
                for found in _PLACEHOLDER.findall(str(text)):
                    if found not in variables:
                        yield found.partition(".")[0].strip()
            else:
                yield from _references(inner, bound)


def needs_of(template: Mapping[str, Any], logical_id: str) -> tuple[str, ...]:
    """Return the resources that a resource has to wait for."""
    body = template["Resources"][logical_id]
    found = references(body.get("Properties", {})) | set(_listed(body.get("DependsOn", [])))
    return tuple(sorted(name for name in found if name in template["Resources"]))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def order_of(needs: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the resources so that each stands after what it needs, else in their own order."""
    order: list[str] = []
    state: dict[str, bool] = {}  # False while its needs are visited
    for start in needs:
        stack = [start]
        while stack:
            name = stack[-1]
            if name in state:
                stack.pop()
                if not state[name]:
                    state[name] = True
                    order.append(name)
                continue
            state[name] = False
            for other in reversed(needs[name]):
                if other not in needs:
                    continue
                if state.get(other) is False:
                    members = ", ".join(sorted(each for each in state if not state[each]))
                    raise invalid(f"Circular dependency between resources: [{members}]")
                if other not in state:
                    stack.append(other)
    return order
