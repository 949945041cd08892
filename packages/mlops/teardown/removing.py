"""Deletion of resources that no stack holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops.teardown.place import Place
    from mlops.teardown.plan import Item

    Remove = Callable[[Place, Item], object]

_ABSENT = ("NotFound", "NoSuchEntity", "DoesNotExist", "NonExistent", "does not exist")


def carefully(remove: Remove, place: Place, item: Item) -> None:
    """Delete one resource; succeed if it is gone already."""
    from botocore.exceptions import ClientError

    try:
        remove(place, item)
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        message = error.response["Error"].get("Message", "")
        if any(word in code or word in message for word in _ABSENT):
            return
        raise MlopsError(
            f"{item.kind} {item.name} could not be deleted: {code}: {message}; fix it and run"
            " the command again"
        ) from None


def the_name(item: Item) -> str:
    """Return the name, for a parameter that takes it."""
    return item.name


def the_names(item: Item) -> list[str]:
    """Return the name in a list."""
    return [item.name]


def the_id(item: Item) -> str:
    """Return the other id."""
    return item.ids[0]


def by(
    service: str,
    operation: str,
    parameter: str,
    value: Callable[[Item], object] = the_name,
    **more: Any,
) -> Remove:
    """Return a function that deletes by one call with one parameter of the resource."""
    return lambda place, item: getattr(place.client(service), operation)(
        **{parameter: value(item)}, **more
    )


def schedule(place: Place, item: Item) -> None:
    """Delete a schedule of the environment's group."""
    group = place.names.schedule_group
    place.client("scheduler").delete_schedule(Name=item.name, GroupName=group)


def rule(place: Place, item: Item) -> None:
    """Delete a rule, after its targets."""
    bus, _, name = item.name.partition("|")
    client = place.client("events")
    listing = ("events", "list_targets_by_rule", "Targets")
    targets = [each["Id"] for each in place.pages(*listing, Rule=name, EventBusName=bus)]
    if targets:
        client.remove_targets(Rule=name, EventBusName=bus, Ids=targets)
    client.delete_rule(Name=name, EventBusName=bus)


def layer(place: Place, item: Item) -> None:
    """Delete one version of a layer."""
    name, _, number = item.name.rpartition(":")
    place.client("lambda").delete_layer_version(LayerName=name, VersionNumber=int(number))


def table(place: Place, item: Item) -> None:
    """Delete a table; its objects stay."""
    database, _, name = item.name.partition(".")
    place.client("glue").delete_table(DatabaseName=database, Name=name)


def filter_(place: Place, item: Item) -> None:
    """Delete a metric filter; its group stays."""
    group, _, name = item.name.rpartition(" ")
    place.client("logs").delete_metric_filter(logGroupName=group, filterName=name)


def role(place: Place, item: Item) -> None:
    """Delete a role, after its attached and inline policies."""
    client, name = place.client("iam"), item.name
    attached = ("iam", "list_attached_role_policies", "AttachedPolicies")
    for each in place.pages(*attached, RoleName=name):
        client.detach_role_policy(RoleName=name, PolicyArn=each["PolicyArn"])
    for inline in place.pages("iam", "list_role_policies", "PolicyNames", RoleName=name):
        client.delete_role_policy(RoleName=name, PolicyName=inline)
    client.delete_role(RoleName=name)


def policy(place: Place, item: Item) -> None:
    """Delete a managed policy, after its older versions and from the roles that have it."""
    client, arn = place.client("iam"), item.ids[0]
    holders = ("iam", "list_entities_for_policy", "PolicyRoles")
    for each in place.pages(*holders, PolicyArn=arn, EntityFilter="Role"):
        client.detach_role_policy(RoleName=each["RoleName"], PolicyArn=arn)
    for each in place.pages("iam", "list_policy_versions", "Versions", PolicyArn=arn):
        if not each["IsDefaultVersion"]:
            client.delete_policy_version(PolicyArn=arn, VersionId=each["VersionId"])
    client.delete_policy(PolicyArn=arn)
