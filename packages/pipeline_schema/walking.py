"""Going through the steps of a definition, those inside conditions included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPRESSIONS = frozenset({"Get", "Std:Join", "Std:JsonGet"})


def all_steps(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield every step, in order, with the steps of a condition's branches after it."""
    for step in steps:
        yield step
        arguments = step.get("Arguments") or {}
        if step.get("Type") == "Condition":
            yield from all_steps(arguments.get("IfSteps") or [])
            yield from all_steps(arguments.get("ElseSteps") or [])


def is_expression(value: object) -> bool:
    """Tell whether a value is resolved by the service when the pipeline runs."""
    return isinstance(value, dict) and len(value) == 1 and not EXPRESSIONS.isdisjoint(value)
