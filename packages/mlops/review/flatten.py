"""JSON values as paths with leaves, to compare two of them place by place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mlops.review.findings import listed
from pipeline_schema.expressions import is_expression
from pipeline_schema.property_paths import element_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 160
_CONTEXT = 40
MISSING = object()


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every leaf of a JSON value with its path, parts separated by dots.

    Lists of named things go by their names, others by number; a list of plain values and a
    pipeline's expression are leaves.
    """
    if isinstance(value, dict) and value and not is_expression(value):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and not all(_is_plain(each) for each in value):
        names = [_name(each) for each in value]
        named = all(names) and len(set(names)) == len(names)
        for index, item in enumerate(value):
            part = names[index] if named else str(index)
            yield from leaves(item, f"{path}.{part}" if path else str(part))
    else:
        yield path, value


def changes(before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    """List the leaves that differ."""
    old, new = dict(leaves(before)), dict(leaves(after))
    return [
        (path, old.get(path, MISSING), new.get(path, MISSING))
        for path in dict.fromkeys((*old, *new))
        if not _equal(old.get(path, MISSING), new.get(path, MISSING))
    ]


def in_place_of(old: Any, new: Any) -> str:
    """Render a change such as "`a` → `b`"; of long lists, what they gained and lost."""
    if old is MISSING:
        return f"{shown(new)} is new"
    if new is MISSING:
        return f"{shown(old)} is gone"
    if isinstance(old, list) and isinstance(new, list) and len(f"{old}{new}") > _LONGEST:
        come = [shown(each) for each in new if each not in old]
        gone = [shown(each) for each in old if each not in new]
        parts = [f"now also {listed(come)}"] if come else []
        parts += [f"no more {listed(gone)}"] if gone else []
        return " and ".join(parts) or "in another order"
    if isinstance(old, str) and isinstance(new, str):
        return " → ".join(shown(each) for each in _from_where_they_differ(old, new))
    return f"{shown(old)} → {shown(new)}"


def _from_where_they_differ(old: str, new: str) -> tuple[str, str]:
    """Cut the common beginning of two long texts, but for a few words."""
    pairs = enumerate(zip(old, new, strict=False))
    alike = next((place for place, (one, other) in pairs if one != other), 0)
    start = max(alike - _CONTEXT, 0)
    if start and max(len(old), len(new)) > _LONGEST:
        return f"…{old[start:]}", f"…{new[start:]}"
    return old, new


def shown(value: Any) -> str:
    """Write a leaf for people, between backticks."""
    if value is MISSING:
        return "nothing"
    if isinstance(value, list):
        value = " ".join(each if isinstance(each, str) else json.dumps(each) for each in value)
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    text = " ".join(text.split()).replace("`", "'")
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return f"`{text}`" if text else "nothing"


def _is_plain(value: Any) -> bool:
    return is_expression(value) or not isinstance(value, dict | list)


def _equal(one: Any, other: Any) -> bool:
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def _name(element: Any) -> str | None:
    if isinstance(element, dict) and isinstance(element.get("Key"), str):
        return str(element["Key"])
    return element_name(element)
