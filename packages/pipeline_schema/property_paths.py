"""Paths into a step's response: `ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri`.

The same small language serves `Steps.<step>.<path>` and the `Path` of `Std:JsonGet`.
Source: SageMaker AI developer guide, "Pipelines: step properties" and "JsonGet".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from pipeline_schema.values import Json

Path: TypeAlias = tuple[str | int, ...]

_TOKEN = re.compile(
    r"""\.?(?P<name>[^.\[\]'"]+)            # a member
      | \[(?P<index>-?[0-9]+)\]                # a place in a list, from its end if negative
      | \[(?P<quote>['"])(?P<key>.*?)(?P=quote)\]  # a key, or the name of a list's element
    """,
    re.VERBOSE,
)


class PathError(MlopsError):
    """A path that is malformed or leads nowhere."""


def parse_path(text: str) -> Path:
    """Split a path into members (str) and list indices (int)."""
    path: list[str | int] = []
    start = position = {"$.": 2, "$[": 1}.get(text[:2], 0)
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match or (position == start and text[position] == "."):
            raise PathError(f"{text!r} is not a path (near character {position + 1})")
        name, index, key = match["name"], match["index"], match["key"]
        path.append(int(index) if index is not None else name if name is not None else key)
        position = match.end()
    if not path:
        raise PathError("an empty path")
    return tuple(path)


def look_up(value: Json, path: Path) -> Any:
    """Follow a path; a `PathError` names the part that leads nowhere.

    A list is entered by index, or by the one member of its elements that ends in "Name"; an
    object by its keys alone, so that `b[0]` is no way to its key "0".
    """
    current: Any = value
    for part in path:
        found = _step_into(current, part)
        if found is _NOTHING:
            raise PathError(f"{show_path(path)!r} leads nowhere: no {part!r}{_choices(current)}")
        current = found
    return current


def show_path(path: Path) -> str:
    """Render a path the way people write it."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part}]"
        elif re.fullmatch(r"[\w-]+", part):
            shown += f".{part}" if shown else part
        else:
            shown += f"['{part}']"
    return shown


def element_name(element: object) -> str | None:
    """Return the name by which SageMaker's lists know an element."""
    if isinstance(element, dict):
        for key, value in element.items():
            if key.endswith("Name") and isinstance(value, str):
                return value
    return None


_NOTHING = object()


def _step_into(current: object, part: str | int) -> object:
    if isinstance(current, dict):
        return current.get(part, _NOTHING)
    if isinstance(current, list):
        if isinstance(part, int):
            return current[part] if -len(current) <= part < len(current) else _NOTHING
        return next((item for item in current if element_name(item) == part), _NOTHING)
    return _NOTHING


def _choices(current: object) -> str:
    names: list[str] = sorted(current) if isinstance(current, dict) else []
    if isinstance(current, list):
        names = [name for item in current if (name := element_name(item))]
    return f" (there is: {', '.join(names[:12])})" if names else ""
