"""Rules of EventBridge that call a Lambda function, with the function's own code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud_assembly.functions import TemplateFunction, functions_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cloud_assembly.intrinsics import Resolver
    from cloud_assembly.stack import Stack


@dataclass(frozen=True)
class EventFunction(TemplateFunction):
    """A function that a rule calls."""

    code: Path
    rule: str
    pattern: dict[str, Any]


def event_functions_of(stack: Stack, resolver: Resolver) -> Iterator[EventFunction]:
    """Yield the functions that rules of a stack call, where their code is in the assembly."""
    functions = {function.arn: function for function in functions_of(stack, resolver)}
    for logical_id, rule in stack.resources_of_type("AWS::Events::Rule"):
        pattern = resolver.resolve(rule["Properties"].get("EventPattern"), stack)
        for target in rule["Properties"].get("Targets", ()):
            found = functions.get(resolver.resolve(target["Arn"], stack))
            if pattern is None or found is None or found.code is None:
                continue
            rule_name = resolver.resource(stack, logical_id).name
            yield EventFunction(**vars(found), rule=rule_name, pattern=pattern)
