"""Execution of a tear-down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.bootstrap.template import ceiling_role
from mlops.teardown.kinds import LOG_GROUP, everything, kind_of
from mlops.teardown.lookups import lift_protection
from mlops.teardown.removing import carefully
from mlops.teardown.running import stop_all
from mlops.teardown.stacks import delete_stack
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops.teardown.place import Place
    from mlops.teardown.plan import Item, Plan
    from pipeline_local.aws import Aws

_MOST_AT_ONCE = 1000  # objects of one DeleteObjects


def tear_down(place: Place, plan: Plan, log: Callable[[str], None]) -> list[Item]:
    """Tear the environment down; return what is unexpectedly left."""
    aws, names = place.aws, place.names
    stop_all(place, log)
    for item in plan.beside:
        _remove(place, item, log)
    for bucket in plan.emptied:
        log(f"empties bucket {bucket}: {_empty(aws, bucket)} versions")
    ceiling = _ceiling(aws, place.settings.name)
    lift_protection(place, log)
    for name in plan.stacks:
        log(f"deletes stack {name}")
        # What the deployer may not touch is its boundary; an administrator's role may.
        delete_stack(aws, name, ceiling if name == f"{names.prefix}-boundary" else None)
    # Functions and builds write while they are deleted, and AWS makes their groups anew.
    for item in kind_of(LOG_GROUP).find(place):
        if (item.kind, item.name) not in {(each.kind, each.name) for each in plan.stays}:
            _remove(place, item, log)
    return leftovers(place, plan)


def leftovers(place: Place, plan: Plan) -> list[Item]:
    """Return all resources of the environment that should not exist any more."""
    stays = {(each.kind, each.name) for each in plan.stays}
    owners = {each.name for each in plan.stays}
    return [
        each
        for each in everything(place)
        if (each.kind, each.name) not in stays and each.part_of not in owners
    ]


def _remove(place: Place, item: Item, log: Callable[[str], None]) -> None:
    remove = kind_of(item.kind).remove
    if remove is not None:
        log(f"deletes {item.kind} {item.name}")
        carefully(remove, place, item)


def _ceiling(aws: Aws, environment: str) -> str | None:
    from botocore.exceptions import ClientError

    try:
        role: dict[str, Any] = aws.client("iam").get_role(RoleName=ceiling_role(environment))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        return None
    arn: str = role["Role"]["Arn"]
    return arn


def _empty(aws: Aws, bucket: str) -> int:
    """Delete all versions of all objects of a bucket."""
    from botocore.exceptions import ClientError

    client = aws.client("s3")
    count = 0
    try:
        for page in client.get_paginator("list_object_versions").paginate(
            Bucket=bucket, PaginationConfig={"PageSize": _MOST_AT_ONCE}
        ):
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            if not found:
                continue
            objects: Any = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
            answer = client.delete_objects(
                Bucket=bucket, Delete={"Objects": objects, "Quiet": True}
            )
            for refused in answer.get("Errors", ()):
                raise MlopsError(_not_emptied(bucket, f"{refused['Key']}: {refused['Message']}"))
            count += len(objects)
    except ClientError as error:
        reason = error.response["Error"]
        raise MlopsError(
            _not_emptied(bucket, f"{reason.get('Code')}: {reason.get('Message')}")
        ) from None
    return count


def _not_emptied(bucket: str, reason: str) -> str:
    return (
        f"bucket {bucket} could not be emptied: {reason}; versions are deleted by the role"
        " break-glass only, from inside the VPC: assume it, empty the bucket there, run this again"
    )
