"""Lambda functions of a template, with the code that the assembly holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cloud_assembly.intrinsics import Resolver
    from cloud_assembly.stack import Stack

_DEFAULT_TIMEOUT_SECONDS = 3  # Lambda's own
_DEFAULT_MEMORY_MEGABYTES = 128


@dataclass(frozen=True)
class TemplateFunction:
    """A function that a template declares."""

    arn: str
    name: str
    handler: str
    runtime: str
    code: Path | None  # folder or archive in the assembly; None where it is inline
    inline: str
    environment: dict[str, str]
    timeout_seconds: int
    memory_megabytes: int


def functions_of(stack: Stack, resolver: Resolver) -> Iterator[TemplateFunction]:
    """Yield the functions of a stack whose code is in the assembly or in the template."""
    for logical_id, resource in stack.resources_of_type("AWS::Lambda::Function"):
        properties = resolver.resolve_mapping(resource["Properties"], stack)
        source = properties.get("Code", {})
        code, inline = stack.assets.get(source.get("S3Key", "")), source.get("ZipFile", "")
        if code is None and not inline:
            continue
        named = resolver.resource(stack, logical_id)
        variables = properties.get("Environment", {}).get("Variables", {})
        yield TemplateFunction(
            arn=named.arn,
            name=named.name,
            handler=str(properties.get("Handler", "")),
            runtime=str(properties.get("Runtime", "")),
            code=code,
            inline=str(inline),
            environment={key: str(value) for key, value in variables.items()},
            timeout_seconds=int(properties.get("Timeout", _DEFAULT_TIMEOUT_SECONDS)),
            memory_megabytes=int(properties.get("MemorySize", _DEFAULT_MEMORY_MEGABYTES)),
        )
