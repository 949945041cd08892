"""The two walks through a definition: through its steps, and through the values in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pipeline_schema.property_paths import Path


def all_steps(definition: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every step, in order, with the steps nested in one after it.

    Examples
    --------
    >>> nested = {"Name": "Check", "Type": "Condition", "Arguments": {"IfSteps": [{"Name": "A"}]}}
    >>> [step["Name"] for step in all_steps({"Steps": [nested, {"Name": "B"}]})]
    ['Check', 'A', 'B']
    """
    yield from _steps(definition.get("Steps") or ())


def nested_steps(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return the nested steps of a step, by the argument that holds them."""
    arguments = step.get("Arguments")
    return {
        key: arguments[key]
        for key in step_type(step.get("Type")).nested
        if isinstance(arguments, dict) and key in arguments
    }


def without_nested(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return the step without its nested steps."""
    nested = nested_steps(step)
    if not nested:
        return dict(step)
    arguments = {key: value for key, value in step["Arguments"].items() if key not in nested}
    return {**step, "Arguments": arguments}


def values_in(
    value: Any, where: Path = (), *, whole: Callable[[Any], bool] = lambda _value: False
) -> Iterator[tuple[Path, Any]]:
    """Yield a JSON value and all values in it with their places; not inside `whole` ones."""
    ahead = [(where, value)]
    while ahead:
        where, value = ahead.pop()
        yield where, value
        if isinstance(value, dict) and not whole(value):
            ahead += [((*where, str(key)), item) for key, item in reversed(value.items())]
        elif isinstance(value, list) and not whole(value):
            last = len(value) - 1
            ahead += [((*where, last - at), item) for at, item in enumerate(reversed(value))]


def member_at(value: Any, path: Iterable[str]) -> Any:
    """Return the member of a JSON object at a path, None where there is none."""
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _steps(steps: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for step in steps:
        yield step
        for inner in nested_steps(step).values():
            yield from _steps(inner or ())
