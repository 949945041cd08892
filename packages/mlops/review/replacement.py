"""Changes that make CloudFormation replace a resource, by the registry's schemas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloud_assembly.type_schemas import type_schema

if TYPE_CHECKING:
    from collections.abc import Iterable

# Types that the registry does not describe well: custom resources decide for themselves.
_NEVER = re.compile(r"Custom::|AWS::CloudFormation::CustomResource")


def replaces(kind: str, region: str, paths: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the changed properties that replace a resource for sure, and perhaps."""
    if _NEVER.match(kind):
        return [], []
    schema = type_schema(kind, region) or {}
    sure = [_pattern(each) for each in schema.get("createOnlyProperties", ())]
    perhaps = [_pattern(each) for each in schema.get("conditionalCreateOnlyProperties", ())]
    changed = list(paths)
    certain = [path for path in changed if any(each.match(path) for each in sure)]
    possible = [
        path
        for path in changed
        if path not in certain and any(each.match(path) for each in perhaps)
    ]
    return certain, possible


def _pattern(pointer: str) -> re.Pattern[str]:
    """Compile a path like ``/properties/Rules/*/Name``; what lies below counts too."""
    parts = pointer.removeprefix("/properties/").split("/")
    inner = r"\.".join("[^.]+" if each == "*" else re.escape(each) for each in parts)
    return re.compile(rf"{inner}(\.|$)")
