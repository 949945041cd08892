"""The pipelines of one side, as they are written and as they are deployed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud_assembly.intrinsics import Resolver
from cloud_assembly.pipelines import pipelines_of
from pipeline_schema.definition import parse_definition
from pipeline_schema.walking import all_steps, without_nested

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud_assembly.cloud_assembly import Stack
    from pipeline_schema.definition import Definition


@dataclass(frozen=True)
class Pipeline:
    """One pipeline of one side."""

    name: str
    written: Definition
    bound: Definition
    steps: dict[str, dict[str, Any]]  # as written, nested ones too, each without its nested steps
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
            steps = {step["Name"]: without_nested(step) for step in all_steps(text)}
            found[each.short_name] = Pipeline(each.short_name, written, bound, steps, stacks)
    return found
