"""Event buses and schedules of a deployment, put into the local AWS.

A schedule that is there stays as it is, as on AWS after a deployment that did not change it: what
it starts is what was promoted, or what a person paused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloud_assembly import CloudAssembly, Stack
    from pipeline_local.aws import Aws


def put_schedules(assembly: CloudAssembly, aws: Aws) -> None:
    """Create event buses, schedule groups and schedules, unless they are there."""
    for stack in assembly.stacks:
        for properties in _properties(assembly, stack, "AWS::Events::EventBus"):
            _create(aws, "events", "create_event_bus", Name=properties["Name"])
        for properties in _properties(assembly, stack, "AWS::Scheduler::ScheduleGroup"):
            _create(aws, "scheduler", "create_schedule_group", Name=properties["Name"])
    for stack in assembly.stacks:
        for properties in _properties(assembly, stack, "AWS::Scheduler::Schedule"):
            _create(aws, "scheduler", "create_schedule", **_typed(properties))


def _properties(assembly: CloudAssembly, stack: Stack, kind: str) -> list[dict[str, Any]]:
    found = [resource for _, resource in stack.resources_of_type(kind)]
    return [assembly.resolver.resolve_mapping(each["Properties"], stack) for each in found]


def _typed(properties: dict[str, Any]) -> dict[str, Any]:
    """Make numbers of what a template may hold as text."""
    window = dict(properties["FlexibleTimeWindow"])
    if "MaximumWindowInMinutes" in window:
        window["MaximumWindowInMinutes"] = int(window["MaximumWindowInMinutes"])
    target = dict(properties["Target"])
    if "RetryPolicy" in target:
        target["RetryPolicy"] = {key: int(value) for key, value in target["RetryPolicy"].items()}
    return {**properties, "FlexibleTimeWindow": window, "Target": target}


def _create(aws: Aws, service: str, operation: str, **request: Any) -> None:
    from botocore.exceptions import ClientError

    try:
        getattr(aws.client(service), operation)(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {
            "ConflictException",
            "ResourceAlreadyExistsException",
        }:
            raise
