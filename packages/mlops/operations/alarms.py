"""CloudWatch alarms and the stacks that own them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops.aws_calls import pages
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline_local.aws import Aws

METRIC, COMPOSITE = "metric", "composite"
# CloudWatch deletes up to 100 alarms in a request, of them one composite (API Reference,
# DeleteAlarms).
_AT_ONCE = 100
_IN_A_STACK = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
_GONE = "DELETE_COMPLETE"
# A composite alarm's rule names others by name or ARN, in quotes or bare.
_NAMED = re.compile(r'(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]+)"|([^\s()"]+))\s*\)')


@dataclass(frozen=True)
class FoundAlarm:
    """An alarm."""

    name: str
    kind: str
    state: str
    since: str  # ISO 8601, or empty
    description: str
    owner: str | None  # a stack, or empty; None without permission to see stacks
    watches: tuple[str, ...] = ()


def find_alarms(aws: Aws, prefix: str, *, owners_needed: bool = True) -> list[FoundAlarm]:
    """Find the alarms whose names start with a prefix."""
    client = aws.client("cloudwatch")
    request = {"AlarmNamePrefix": prefix, "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    listed = [
        (kind, alarm)
        for field, kind in (("MetricAlarms", METRIC), ("CompositeAlarms", COMPOSITE))
        for alarm in pages(client, "describe_alarms", field, **request)
    ]
    owners = _owners(aws, needed=owners_needed) if listed else {}
    return sorted(
        (_alarm(kind, alarm, owners) for kind, alarm in listed), key=lambda each: each.name
    )


def _owners(aws: Aws, *, needed: bool) -> dict[str, str] | None:
    from botocore.exceptions import ClientError

    try:
        return dict(_owned(aws))
    except ClientError as error:
        if needed or "AccessDenied" not in error.response["Error"]["Code"]:
            raise
        return None


def _alarm(kind: str, alarm: dict[str, Any], owners: dict[str, str] | None) -> FoundAlarm:
    since = alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")
    named = (
        match.group(1) or match.group(2) for match in _NAMED.finditer(alarm.get("AlarmRule", ""))
    )
    return FoundAlarm(
        name=alarm["AlarmName"],
        kind=kind,
        state=alarm.get("StateValue", ""),
        since=since.isoformat(timespec="seconds") if since else "",
        description=alarm.get("AlarmDescription", ""),
        owner=None if owners is None else owners.get(alarm["AlarmName"], ""),
        watches=tuple(sorted({name.rpartition(":alarm:")[2] for name in named})),
    )


def _owned(aws: Aws) -> Iterator[tuple[str, str]]:
    """Yield the alarms of all stacks, with the stack's name."""
    client = aws.client("cloudformation")
    # A look-up by name can find a resource of another type with the same name.
    for stack in pages(client, "list_stacks", "StackSummaries"):
        if stack["StackStatus"] != _GONE:
            listing = ("list_stack_resources", "StackResourceSummaries")
            for each in pages(client, *listing, StackName=stack["StackId"]):
                if each["ResourceType"] in _IN_A_STACK:
                    yield each.get("PhysicalResourceId", ""), stack["StackName"]


def deletion_order(alarms: Sequence[FoundAlarm]) -> list[list[str]]:
    """Group alarms into requests, each composite one before those that it watches."""
    left = {each.name: each for each in alarms if each.kind == COMPOSITE}
    requests: list[list[str]] = []
    while left:
        watched = {name for each in left.values() for name in each.watches}
        free = sorted(left.keys() - watched)
        if not free:
            raise MlopsError(
                f"the composite alarms {', '.join(sorted(left))} watch each other; set the rule"
                " of one of them to FALSE first (aws cloudwatch put-composite-alarm)"
            )
        requests += [[name] for name in free]
        for name in free:
            del left[name]
    plain = sorted(each.name for each in alarms if each.kind == METRIC)
    requests += [plain[start : start + _AT_ONCE] for start in range(0, len(plain), _AT_ONCE)]
    return requests


def delete_alarms(aws: Aws, alarms: Sequence[FoundAlarm]) -> None:
    """Delete alarms that no stack owns."""
    owned = [each for each in alarms if each.owner != ""]
    if owned:
        owner = owned[0].owner or "that you may not see"
        raise MlopsError(f"{owned[0].name} belongs to stack {owner}: change its template")
    for names in deletion_order(alarms):
        aws.client("cloudwatch").delete_alarms(AlarmNames=names)
