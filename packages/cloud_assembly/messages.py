"""Messages that rules of a template send to people."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloud_assembly.intrinsics import Resolver
    from cloud_assembly.stack import Stack

_FIELD = re.compile(r"<([A-Za-z0-9_-]+)>")


@dataclass(frozen=True)
class MessageRule:
    """A rule that sends a message; `paths` are its fields' places in the event."""

    name: str
    pattern: dict[str, Any]
    template: str
    paths: dict[str, str]
    topic: str

    def render(self, event: Mapping[str, Any]) -> str:
        """Render what EventBridge sends for an event, its quotes included.

        A field that the event lacks is empty (EventBridge User Guide, "Input transformation").
        """

        def value(match: re.Match[str]) -> str:
            found = _at(event, self.paths[match.group(1)])
            return found if isinstance(found, str) else json.dumps(found) if found else ""

        return _FIELD.sub(value, self.template)


def messages_of(stack: Stack, resolver: Resolver) -> Iterator[MessageRule]:
    """Yield the rules of a stack that send a message to a topic."""
    for logical_id, rule in stack.resources_of_type("AWS::Events::Rule"):
        pattern = resolver.resolve(rule["Properties"].get("EventPattern"), stack)
        for target in rule["Properties"].get("Targets", ()):
            resolved = resolver.resolve(target, stack)
            transformer, topic = resolved.get("InputTransformer"), resolved["Arn"]
            if pattern is not None and transformer is not None and ":sns:" in topic:
                name = resolver.resource(stack, logical_id).name
                paths = transformer.get("InputPathsMap", {})
                yield MessageRule(name, pattern, transformer["InputTemplate"], paths, topic)


def _at(event: Mapping[str, Any], path: str) -> Any:
    found: Any = event
    for name in path.removeprefix("$.").split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found
