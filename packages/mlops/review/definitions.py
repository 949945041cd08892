"""The pipelines of one side, as they are written and as they are deployed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud_assembly.intrinsics import Resolver
from cloud_assembly.pipelines import pipelines_of
from pipeline_schema.definition import parse_definition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloud_assembly.cloud_assembly import Stack
    from pipeline_schema.definition import Definition


@dataclass(frozen=True)
class Pipeline:
    """One pipeline of one side.

    Attributes
    ----------
    steps : dict of str to dict
        The steps as they are written, nested ones too, without what is nested in them.
    """

    name: str
    written: Definition
    bound: Definition
    steps: dict[str, dict[str, Any]]
    stacks: Sequence[Stack]


def pipelines_in(stacks: Sequence[Stack]) -> dict[str, Pipeline]:
    """Read the pipelines of one environment."""
    resolver = Resolver(stacks)
    found = {}
    for stack in stacks:
        for each in pipelines_of(stack, resolver):
            text = each.definition_with_placeholders()
            written = parse_definition(each.short_name, text)
            bound = parse_definition(each.short_name, each.resolved_definition())
            steps = {step["Name"]: step for step in _flat(text.get("Steps", []))}
            found[each.short_name] = Pipeline(each.short_name, written, bound, steps, stacks)
    return found


def _flat(steps: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for step in steps:
        arguments = step.get("Arguments")
        nested = arguments if step.get("Type") == "Condition" else None
        if not isinstance(nested, dict):
            yield step
            continue
        inner = ("IfSteps", "ElseSteps")
        yield {**step, "Arguments": {k: v for k, v in nested.items() if k not in inner}}
        for key in inner:
            yield from _flat(nested.get(key) or [])
