"""Deployed stacks of an environment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops.aws_calls import pages
from mlops_common.errors import MlopsError
from pipeline_schema.walking import values_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline_local.aws import Aws

_POLL = {"Delay": 5, "MaxAttempts": 720}  # an hour: interfaces of functions take their time
_GONE = "DELETE_COMPLETE"


@dataclass(frozen=True)
class StackResource:
    """A resource of a deployed stack."""

    kind: str
    physical_id: str
    is_kept: bool


@dataclass(frozen=True)
class DeployedStack:
    """A deployed stack."""

    name: str
    created: str
    exports: frozenset[str]
    imports: frozenset[str]
    resources: tuple[StackResource, ...]


def deployed_stacks(aws: Aws, prefix: str) -> tuple[DeployedStack, ...]:
    """Read the stacks of an environment; one whose deletion ends meanwhile is none."""
    client = aws.client("cloudformation")
    found = [
        _read_if_there(client, stack)
        for stack in pages(client, "describe_stacks", "Stacks")
        if stack["StackName"].startswith(f"{prefix}-") and stack["StackStatus"] != _GONE
    ]
    return deletion_order(each for each in found if each is not None)


def deletion_order(stacks: Iterable[DeployedStack]) -> tuple[DeployedStack, ...]:
    """Sort stacks, users first, newest first among those that are free."""
    left = sorted(stacks, key=lambda each: (each.created, each.name), reverse=True)
    order: list[DeployedStack] = []
    while left:
        used = [
            any(each.exports & other.imports for other in left if other is not each)
            for each in left
        ]
        order.append(left.pop(used.index(False) if False in used else 0))
    return tuple(order)


def delete_stack(aws: Aws, name: str, role_arn: str | None = None) -> None:
    """Delete a stack, with a role if given, and wait until it is gone."""
    from botocore.exceptions import ClientError, WaiterError

    client = aws.client("cloudformation")
    try:
        client.delete_stack(StackName=name, **({"RoleARN": role_arn} if role_arn else {}))
        client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=_POLL)
    except (ClientError, WaiterError) as error:
        reason = _first_failure(client, name) or str(error)
        raise MlopsError(
            f"stack {name} could not be deleted: {reason}; fix it and run the command again"
        ) from None


def _first_failure(client: Any, name: str) -> str:
    from botocore.exceptions import ClientError

    try:
        events = client.describe_stack_events(StackName=name)["StackEvents"]
    except ClientError:
        return ""
    failed = [each for each in events if each["ResourceStatus"] == "DELETE_FAILED"]
    # Newest first; the reason is with the first resource that failed, not with the stack.
    for each in reversed(failed):
        if each.get("PhysicalResourceId") != each.get("StackId"):
            return f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', '')}"
    return ""


def _read_if_there(client: Any, stack: dict[str, Any]) -> DeployedStack | None:
    from botocore.exceptions import ClientError

    try:
        return _read(client, stack)
    except ClientError as error:
        if "does not exist" not in error.response["Error"]["Message"]:
            raise
        return None


def _read(client: Any, stack: dict[str, Any]) -> DeployedStack:
    name = stack["StackName"]
    body = client.get_template(StackName=name)["TemplateBody"]
    declared = (json.loads(body) if isinstance(body, str) else body).get("Resources", {})
    resources = pages(client, "list_stack_resources", "StackResourceSummaries", StackName=name)
    return DeployedStack(
        name,
        str(stack["CreationTime"]),
        frozenset(
            each["ExportName"] for each in stack.get("Outputs", ()) if each.get("ExportName")
        ),
        frozenset(
            value
            for where, value in values_in(declared)
            if where[-1:] == ("Fn::ImportValue",) and isinstance(value, str)
        ),
        tuple(
            StackResource(
                each["ResourceType"],
                each["PhysicalResourceId"],
                declared.get(each["LogicalResourceId"], {}).get("DeletionPolicy", "Delete")
                not in {"Delete", "Snapshot"},
            )
            for each in resources
            if each.get("PhysicalResourceId") and each.get("ResourceStatus") != _GONE
        ),
    )
