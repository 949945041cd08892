"""Rules of EventBridge that call a Lambda function, with the function's own code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlops.assembly.cloud_assembly import Stack
    from mlops.assembly.intrinsics import Resolver

_DEFAULT_TIMEOUT_SECONDS = 3  # Lambda's own
_DEFAULT_MEMORY_MEGABYTES = 128


@dataclass(frozen=True)
class EventFunction:
    """A function that a rule calls.

    Attributes
    ----------
    rule : str
        The rule's name.
    pattern : dict
        The rule's event pattern.
    name, handler : str
        The function's name and `module.function`.
    code : Path
        Its code in the assembly: a folder or an archive.
    environment : dict of str to str
        Its environment variables.
    timeout_seconds, memory_megabytes : int
        Its limits.
    """

    rule: str
    pattern: dict[str, Any]
    name: str
    handler: str
    code: Path
    environment: dict[str, str]
    timeout_seconds: int
    memory_megabytes: int


def event_functions_of(stack: Stack, resolver: Resolver) -> Iterator[EventFunction]:
    """Yield the functions that rules of a stack call, where their code is in the assembly."""
    functions = {
        resolver.resource(stack, logical_id).arn: (logical_id, resource)
        for logical_id, resource in stack.resources_of_type("AWS::Lambda::Function")
    }
    for logical_id, rule in stack.resources_of_type("AWS::Events::Rule"):
        pattern = resolver.resolve(rule["Properties"].get("EventPattern"), stack)
        for target in rule["Properties"].get("Targets", ()):
            found = functions.get(resolver.resolve(target["Arn"], stack))
            if pattern is None or found is None:
                continue
            function_id, function = found
            properties = resolver.resolve_mapping(function["Properties"], stack)
            code = stack.assets.get(properties["Code"].get("S3Key", ""))
            if code is not None:
                variables = properties.get("Environment", {}).get("Variables", {})
                yield EventFunction(
                    rule=resolver.resource(stack, logical_id).name,
                    pattern=pattern,
                    name=resolver.resource(stack, function_id).name,
                    handler=properties["Handler"],
                    code=code,
                    environment={key: str(value) for key, value in variables.items()},
                    timeout_seconds=int(properties.get("Timeout", _DEFAULT_TIMEOUT_SECONDS)),
                    memory_megabytes=int(properties.get("MemorySize", _DEFAULT_MEMORY_MEGABYTES)),
                )
