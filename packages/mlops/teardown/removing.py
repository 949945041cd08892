"""Deletion of resources that no stack holds, as calls that are made or printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from mlops.aws_calls import Call
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from mlops.teardown.place import Place
    from mlops.teardown.plan import Item

Remove = Callable[["Place", "Item"], Iterator[Call]]

_ABSENT = ("NotFound", "NoSuchEntity", "DoesNotExist", "NonExistent", "does not exist")


def carefully(remove: Remove, place: Place, item: Item) -> None:
    """Delete one resource; succeed if it is gone already."""
    from botocore.exceptions import ClientError

    try:
        for call in remove(place, item):
            getattr(place.client(call.service), call.operation)(**call.request)
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

    def calls(_place: Place, item: Item) -> Iterator[Call]:
        yield Call(service, operation, {parameter: value(item), **more})

    return calls


def schedule(place: Place, item: Item) -> Iterator[Call]:
    """Delete a schedule of the environment's group."""
    request = {"Name": item.name, "GroupName": place.names.schedule_group}
    yield Call("scheduler", "delete_schedule", request)


def rule(place: Place, item: Item) -> Iterator[Call]:
    """Delete a rule, after its targets."""
    bus, _, name = item.name.partition("|")
    listing = ("events", "list_targets_by_rule", "Targets")
    targets = [each["Id"] for each in place.pages(*listing, Rule=name, EventBusName=bus)]
    if targets:
        yield Call("events", "remove_targets", {"Rule": name, "EventBusName": bus, "Ids": targets})
    yield Call("events", "delete_rule", {"Name": name, "EventBusName": bus})


def layer(_place: Place, item: Item) -> Iterator[Call]:
    """Delete one version of a layer."""
    name, _, number = item.name.rpartition(":")
    request = {"LayerName": name, "VersionNumber": int(number)}
    yield Call("lambda", "delete_layer_version", request)


def table(_place: Place, item: Item) -> Iterator[Call]:
    """Delete a table; its objects stay."""
    database, _, name = item.name.partition(".")
    yield Call("glue", "delete_table", {"DatabaseName": database, "Name": name})


def filter_(_place: Place, item: Item) -> Iterator[Call]:
    """Delete a metric filter; its group stays."""
    group, _, name = item.name.rpartition(" ")
    yield Call("logs", "delete_metric_filter", {"logGroupName": group, "filterName": name})


def package_repository(_place: Place, item: Item) -> Iterator[Call]:
    """Delete a repository of packages, with them."""
    domain, _, name = item.name.partition("/")
    yield Call("codeartifact", "delete_repository", {"domain": domain, "repository": name})


def package_group(place: Place, item: Item) -> Iterator[Call]:
    """Delete a group of packages; the packages stay."""
    domain = place.names.packages
    pattern = item.name.removeprefix(domain)
    yield Call("codeartifact", "delete_package_group", {"domain": domain, "packageGroup": pattern})


def role(place: Place, item: Item) -> Iterator[Call]:
    """Delete a role, after its attached and inline policies."""
    name = item.name
    attached = ("iam", "list_attached_role_policies", "AttachedPolicies")
    for each in place.pages(*attached, RoleName=name):
        request = {"RoleName": name, "PolicyArn": each["PolicyArn"]}
        yield Call("iam", "detach_role_policy", request)
    for inline in place.pages("iam", "list_role_policies", "PolicyNames", RoleName=name):
        yield Call("iam", "delete_role_policy", {"RoleName": name, "PolicyName": inline})
    yield Call("iam", "delete_role", {"RoleName": name})


def policy(place: Place, item: Item) -> Iterator[Call]:
    """Delete a managed policy, after its older versions and from the roles that have it."""
    arn = item.ids[0]
    holders = ("iam", "list_entities_for_policy", "PolicyRoles")
    for each in place.pages(*holders, PolicyArn=arn, EntityFilter="Role"):
        yield Call("iam", "detach_role_policy", {"RoleName": each["RoleName"], "PolicyArn": arn})
    for each in place.pages("iam", "list_policy_versions", "Versions", PolicyArn=arn):
        if not each["IsDefaultVersion"]:
            request = {"PolicyArn": arn, "VersionId": each["VersionId"]}
            yield Call("iam", "delete_policy_version", request)
    yield Call("iam", "delete_policy", {"PolicyArn": arn})


def protected_association(_place: Place, item: Item) -> Iterator[Call]:
    """Take a DNS firewall's rule group from its VPC, after its protection."""
    named = {"FirewallRuleGroupAssociationId": item.ids[0]}
    unprotected = {**named, "MutationProtection": "DISABLED"}
    yield Call("route53resolver", "update_firewall_rule_group_association", unprotected)
    yield Call("route53resolver", "disassociate_firewall_rule_group", named)


def rule_group(place: Place, item: Item) -> Iterator[Call]:
    """Delete a DNS firewall's rule group, after its rules."""
    named = {"FirewallRuleGroupId": item.ids[0]}
    for each in place.pages("route53resolver", "list_firewall_rules", "FirewallRules", **named):
        rule = {**named, "FirewallDomainListId": each["FirewallDomainListId"]}
        yield Call("route53resolver", "delete_firewall_rule", rule)
    yield Call("route53resolver", "delete_firewall_rule_group", named)


def query_log(place: Place, item: Item) -> Iterator[Call]:
    """End the record of a VPC's look-ups; what is written stays."""
    named = {"ResolverQueryLogConfigId": item.ids[0]}
    filters = [{"Name": "ResolverQueryLogConfigId", "Values": [item.ids[0]]}]
    listing = ("list_resolver_query_log_config_associations", "ResolverQueryLogConfigAssociations")
    for each in place.pages("route53resolver", *listing, Filters=filters):
        request = {**named, "ResourceId": each["ResourceId"]}
        yield Call("route53resolver", "disassociate_resolver_query_log_config", request)
    yield Call("route53resolver", "delete_resolver_query_log_config", named)
