"""An engine with two small types of resources, whose service is a dictionary."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.cloudformation.api import _OPERATIONS
from pipeline_local.cloudformation.engine import Engine
from pipeline_local.cloudformation.place import Place
from pipeline_local.cloudformation.resource_type import (
    Context,
    NotFoundError,
    Resource,
    ResourceError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ACCOUNT, REGION = "111122223333", "eu-central-1"


@dataclass
class Service:
    """What exists, by physical id, and what was asked for."""

    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)  # "create Name", "update Name", "delete Name"

    def ask(self, verb: str, name: str) -> None:
        self.calls.append(f"{verb} {name}")
        if f"{verb} {name}" in self.refused:
            raise ResourceError(f"{verb} of {name} is refused")


@dataclass(frozen=True)
class Thing:
    """A type in the place of one of AWS's, whose schema says what replaces it."""

    service: Service
    name: str
    naming: str
    properties: frozenset[str]

    def create(self, context: Context, properties: Mapping[str, Any]) -> Resource:
        name = str(properties.get(self.naming, context.generated_name))
        self.service.ask("create", context.logical_id)
        if name in self.service.things:
            raise ResourceError(f"{name} already exists")
        self.service.things[name] = dict(properties)
        return Resource(name, {"Arn": f"arn:{name}", "QueueName": name})

    def update(
        self,
        context: Context,
        physical_id: str,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> Resource:
        del before
        self.service.ask("update", context.logical_id)
        self.service.things[physical_id] = dict(after)
        return Resource(physical_id, {"Arn": f"arn:{physical_id}", "QueueName": physical_id})

    def read(self, context: Context, physical_id: str) -> Mapping[str, Any]:
        del context
        if physical_id not in self.service.things:
            raise NotFoundError(physical_id)
        return self.service.things[physical_id]

    def delete(self, context: Context, physical_id: str, properties: Mapping[str, Any]) -> None:
        del properties
        self.service.ask("delete", context.logical_id)
        self.service.things.pop(physical_id, None)


@dataclass
class Cloud:
    """The engine of an account, and what its clients ask."""

    folder: Path
    service: Service
    engine: Engine
    log: list[str]

    def ask(self, action: str, **request: Any) -> dict[str, Any]:
        return _OPERATIONS[action](Place(self.engine, ACCOUNT, REGION), request)

    def deploy(self, name: str, template: dict[str, Any], **request: Any) -> dict[str, Any]:
        """Create or update a stack; return its description afterwards."""
        there = Place(self.engine, ACCOUNT, REGION).find(name)
        action = "UpdateStack" if there else "CreateStack"
        self.ask(action, StackName=name, TemplateBody=json.dumps(template), **request)
        return self.ended(name)

    def delete(self, name: str, **request: Any) -> dict[str, Any]:
        stack = self.describe(name)["StackId"]
        self.ask("DeleteStack", StackName=name, **request)
        return self.ended(stack)

    def ended(self, name: str) -> dict[str, Any]:
        place = Place(self.engine, ACCOUNT, REGION)
        while self.engine.is_busy:  # a test of a kill ends the thread and leaves the stack busy
            place.wait(name, 0.05)
        return self.describe(name)

    def describe(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("DescribeStacks", StackName=name)["Stacks"][0]
        return found

    def events(self, name: str) -> list[str]:
        """Return the history of a stack, the oldest first, in one line each."""
        events = self.ask("DescribeStackEvents", StackName=name)["StackEvents"]
        return [f"{each['LogicalResourceId']} {each['ResourceStatus']}" for each in events[::-1]]

    def restart(self) -> None:
        """Start the engine anew on its store, as after a kill."""
        self.engine = make_engine(self.folder, self.service, self.log)


def make_engine(folder: Path, service: Service, log: list[str]) -> Engine:
    types = [
        Thing(
            service,
            "AWS::SQS::Queue",
            "QueueName",
            frozenset({"QueueName", "DelaySeconds", "FifoQueue"}),
        ),
        Thing(
            service,
            "AWS::SSM::Parameter",
            "Name",
            frozenset({"Name", "Type", "Value", "Description", "Tags"}),
        ),
    ]
    return Engine(folder, lambda: 0, log.append, {each.name: each for each in types})


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    service, log = Service(), list[str]()
    made = Cloud(tmp_path, service, make_engine(tmp_path, service, log), log)
    yield made
    made.engine.close()


def queue(name: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a queue; `more` are parts of its body or of its properties."""
    outer = {
        key: more.pop(key)
        for key in ("DeletionPolicy", "UpdateReplacePolicy", "DependsOn", "Condition")
        if key in more
    }
    properties = {**({"QueueName": name} if name else {}), **more}
    return {"Type": "AWS::SQS::Queue", "Properties": properties, **outer}


def parameter(value: Any, name: str = "/p") -> dict[str, Any]:
    """Return a parameter."""
    properties = {"Name": name, "Type": "String", "Value": value}
    return {"Type": "AWS::SSM::Parameter", "Properties": properties}
