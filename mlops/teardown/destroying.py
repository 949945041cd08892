"""Plan a tear-down, carry it out, and look at what is left."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from environments.names import ResourceNames
from mlops.bootstrap.template import ceiling_role
from mlops.errors import MlopsError
from mlops.teardown import surroundings
from mlops.teardown.plan import Item, Plan
from mlops.teardown.stacks import DeployedStack, delete_stack, deployed_stacks, of_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from environments.settings import EnvironmentSettings
    from mlops.local_aws import Aws

# Types that hold data: they go only when both keys are turned.
_KINDS = {
    "AWS::S3::Bucket": surroundings.BUCKET,
    "AWS::KMS::Key": surroundings.KEY,
    "AWS::Logs::LogGroup": surroundings.LOG_GROUP,
    "AWS::SageMaker::ModelPackageGroup": surroundings.GROUP,
}
_PATIENCE_SECONDS, _POLL_SECONDS = 900.0, 5.0
_MOST_AT_ONCE = 1000  # objects of one DeleteObjects


@dataclass(frozen=True)
class Teardown:
    """An environment to take down.

    Parameters
    ----------
    settings : EnvironmentSettings
        Its settings, the first of the two keys.
    aws : Aws
        Clients of its account and region.
    """

    settings: EnvironmentSettings
    aws: Aws

    @property
    def names(self) -> ResourceNames:
        """The environment's names."""
        return ResourceNames(self.settings)


def plan_teardown(teardown: Teardown) -> Plan:
    """Say what a tear-down would do; nothing is changed.

    Parameters
    ----------
    teardown : Teardown
        The environment.

    Returns
    -------
    Plan
        What goes, in which order, and what stays.

    Raises
    ------
    MlopsError
        If the credentials are another account's, or the stacks would take data with them though
        the settings keep them.
    """
    _refuse_another_account(teardown)
    names, aws = teardown.names, teardown.aws
    stacks = deployed_stacks(aws, names.prefix)
    in_stacks = {_short(each.physical_id) for stack in stacks for each in stack.resources}
    held = of_kind(stacks, *_KINDS)
    _refuse_losing_data(teardown, stacks)
    stays = {
        Item(_KINDS[each.kind], _short(each.physical_id), _why(teardown, stacks))
        for each in held
        if each.is_kept
    }
    if not stacks:
        data = [*surroundings.groups(aws, names), *_left_data(teardown)]
        stays |= {Item(each.kind, each.name, _why(teardown, stacks)) for each in data}
    elif stays:
        # Versions of models are data wherever their group was made.
        groups_of_others = [each.name for each in surroundings.groups(aws, names)]
        why = _why(teardown, stacks)
        stays |= {Item(surroundings.GROUP, name, why) for name in groups_of_others}
    kept = {each.name for each in stays}
    groups = [each for each in surroundings.groups(aws, names) if each.name not in kept]
    beside = [
        *(each for each in surroundings.pipelines(aws, names) if each.name not in in_stacks),
        *(
            each
            for find in (surroundings.schedules, surroundings.schedule_groups)
            for each in find(aws, names)
            if each.name not in in_stacks
        ),
        *(item for group in groups for item in surroundings.versions(aws, group.name)),
        *(each for each in groups if each.name not in in_stacks),
        *(
            each
            for each in surroundings.log_groups(aws, names)
            if each.name not in in_stacks and each.name not in kept
        ),
        *_free_interfaces(teardown, stacks),
    ]
    emptied = [
        each.physical_id for each in held if each.kind == "AWS::S3::Bucket" and not each.is_kept
    ]
    return Plan(
        teardown.settings.name,
        tuple(each.name for each in stacks),
        tuple(beside),
        tuple(sorted(emptied)),
        tuple(sorted(stays)),
    )


def carry_out(teardown: Teardown, plan: Plan, tell: Callable[[str], None]) -> list[Item]:
    """Take the environment down.

    Parameters
    ----------
    teardown : Teardown
        The environment.
    plan : Plan
        What `plan_teardown` said.
    tell : callable
        Takes one line for each thing that is done.

    Returns
    -------
    list of Item
        What is still there though it should not be; empty when all is as planned.

    Raises
    ------
    MlopsError
        If a stack or a bucket resists; what was done until then stays done, and the command can
        be run again.
    """
    names, aws = teardown.names, teardown.aws
    for arn in surroundings.stop_executions(aws, names):
        tell(f"stops {arn}")
    _wait_for_executions(teardown)
    for item in plan.beside:
        tell(f"deletes {item.kind} {item.name}")
        surroundings.delete(aws, names, item)
    for bucket in plan.emptied:
        tell(f"empties bucket {bucket}: {_empty(aws, bucket)} versions")
    ceiling = _ceiling(aws, teardown.settings.name)
    for name in plan.stacks:
        tell(f"deletes stack {name}")
        # What the deployer may not touch is its boundary; an administrator's role may.
        delete_stack(aws, name, ceiling if name == f"{names.prefix}-boundary" else None)
    for item in surroundings.log_groups(aws, names):
        if item.name not in {each.name for each in plan.stays}:
            tell(f"deletes {item.kind} {item.name}")
            surroundings.delete(aws, names, item)
    return leftovers(teardown, plan)


def leftovers(teardown: Teardown, plan: Plan) -> list[Item]:
    """Look for what should not be there any more.

    Parameters
    ----------
    teardown : Teardown
        The environment.
    plan : Plan
        What was meant to stay.

    Returns
    -------
    list of Item
        Everything with the environment's names that is not among what stays.
    """
    stays = {(each.kind, each.name) for each in plan.stays}
    keeps_keys = any(each.kind == surroundings.KEY for each in plan.stays)
    return [
        each
        for each in surroundings.everything(teardown.aws, teardown.names)
        if (each.kind, each.name) not in stays
        # An alias goes with its stack; one that is left belongs to a key that stays.
        and not (each.kind == surroundings.KEY and keeps_keys)
    ]


def _wait_for_executions(teardown: Teardown) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while running := surroundings.executions(teardown.aws, teardown.names):
        if time.monotonic() > deadline:
            raise MlopsError(f"{running[0]} does not stop; wait for it, then run this again")
        time.sleep(_POLL_SECONDS)


def _refuse_another_account(teardown: Teardown) -> None:
    account = teardown.aws.client("sts").get_caller_identity()["Account"]
    if account != teardown.settings.account:
        raise MlopsError(
            f"{teardown.settings.name} is in account {teardown.settings.account}, the credentials"
            f" are of {account}; sign in there"
        )


def _refuse_losing_data(teardown: Teardown, stacks: Sequence[DeployedStack]) -> None:
    deletable = [each for each in of_kind(stacks, *_KINDS) if not each.is_kept]
    if deletable and teardown.settings.retention.keep_data:
        name = teardown.settings.name
        raise MlopsError(
            f"{name}: the settings keep data (retention.keep_data), but it was deployed with"
            f" -c delete_data={name}, and {deletable[0].physical_id} would go with its stack;"
            f" deploy it once without, then destroy it"
        )


def _why(teardown: Teardown, stacks: Sequence[DeployedStack]) -> str:
    name = teardown.settings.name
    if teardown.settings.retention.keep_data:
        return "data: the settings have retention.keep_data: true"
    if not stacks:
        return "data that outlived its stack; break-glass deletes it, from inside the VPC"
    return f"data: not deployed with -c delete_data={name}"


def _left_data(teardown: Teardown) -> Iterator[Item]:
    """Find what earlier tear-downs left on purpose."""
    names, aws = teardown.names, teardown.aws
    data = {surroundings.BUCKET}
    yield from (each for each in surroundings.named_resources(aws, names) if each.kind in data)
    yield from surroundings.log_groups(aws, names)


def _free_interfaces(teardown: Teardown, stacks: Sequence[DeployedStack]) -> list[Item]:
    vpcs = [each.physical_id for each in of_kind(stacks, "AWS::EC2::VPC")]
    return [each for each in surroundings.interfaces(teardown.aws, vpcs) if not each.why]


def _short(physical_id: str) -> str:
    """Give the name in an ARN; other ids as they are."""
    return physical_id.rpartition("/")[2] if physical_id.startswith("arn:") else physical_id


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
        " break-glass only, from inside the VPC: take it on, empty the bucket there, run this again"
    )
