"""Planning of a tear-down; nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops.bootstrap.template import stack_name
from mlops.teardown.kinds import BUCKET, KINDS, STACK, everything, kind_of
from mlops.teardown.plan import Item, Plan
from mlops.teardown.running import running
from mlops.teardown.stacks import deployed_stacks
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlops.teardown.place import Place
    from mlops.teardown.stacks import DeployedStack, StackResource

_CDK = "CDKToolkit"
_SHARED = {
    _CDK: "the CDK's bootstrap, with the assets of all applications of this account and region:"
    " a file there is named by the hash of its content, and others may use it, too; what no stack"
    " uses any more, `cdk gc` deletes",
    "": "the deployer; it also deletes what is above, so an administrator deletes it last",
}


def plan_teardown(place: Place) -> Plan:
    """Plan what is stopped and deleted, in which order, and what stays."""
    _refuse_another_account(place)
    _refuse_projects(place)
    stacks = deployed_stacks(place.aws, place.names.prefix)
    _refuse_losing_data(place, stacks)
    resources = [each for stack in stacks for each in stack.resources]
    keeps = (
        place.settings.retention.keep_data
        or not stacks
        or any(each.is_kept and _is_data(each.kind) for each in resources)
    )
    beside, stays, unowned, emptied = [], list(_untyped(resources)), [], []
    for item in everything(place):
        kind = kind_of(item.kind)
        in_stack = [each for each in resources if each.kind in kind.types and _means(each, item)]
        if any(each.is_kept for each in in_stack):
            stays.append(_kept(place, item, stacks))
        elif in_stack:
            emptied += [item.name] if item.kind == BUCKET else []
        elif item.is_data and keeps:
            stays.append(_kept(place, item, stacks))
        elif kind.remove is not None and not item.why:
            beside.append(item)
        elif item.kind != STACK and not item.why:
            unowned.append(item)
    whole = {each.name for each in stays}
    return Plan(
        place.settings.name,
        tuple(running(place)),
        tuple(each.name for each in stacks),
        tuple(each for each in beside if each.part_of not in whole),
        tuple(sorted(emptied)),
        tuple(sorted(each for each in stays if each.part_of not in whole)),
        tuple(unowned),
        tuple(_shared(place)),
    )


def _means(resource: StackResource, item: Item) -> bool:
    return item.is_called(resource.physical_id)


def _is_data(resource_type: str) -> bool:
    return any(resource_type in each.types and each.is_data for each in KINDS)


def _untyped(resources: Sequence[StackResource]) -> Iterator[Item]:
    """Yield retained resources of types that are not in `KINDS`."""
    known = {resource_type for kind in KINDS for resource_type in kind.types}
    for each in resources:
        if each.is_kept and each.kind not in known:
            yield Item(each.kind, each.physical_id, "retained by its template")


def _kept(place: Place, item: Item, stacks: Sequence[DeployedStack]) -> Item:
    name = place.settings.name
    if place.settings.retention.keep_data:
        why = "data: the settings have retention.keep_data: true"
    elif stacks:
        why = f"data: not deployed with -c delete_data={name}"
    else:
        why = "data that outlived its stack; break-glass deletes it, from inside the VPC"
    return Item(item.kind, item.name, why, item.ids, item.part_of, item.is_data)


def _shared(place: Place) -> Iterator[Item]:
    """Yield the stacks that the environment was deployed with."""
    from botocore.exceptions import ClientError

    client = place.client("cloudformation")
    for name, why in ((_CDK, _SHARED[_CDK]), (stack_name(place.settings.name), _SHARED[""])):
        try:
            client.describe_stacks(StackName=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
        else:
            yield Item(STACK, name, why)


def _refuse_another_account(place: Place) -> None:
    account = place.client("sts").get_caller_identity()["Account"]
    if account != place.settings.account:
        raise MlopsError(
            f"{place.settings.name} is in account {place.settings.account}, the credentials"
            f" are of {account}; sign in there"
        )


def _refuse_projects(place: Place) -> None:
    """Refuse an environment with projects: Service Catalog has stacks of its own for them."""
    everybodys = {"Key": "Account", "Value": "self"}
    found = place.pages(
        *("servicecatalog", "search_provisioned_products", "ProvisionedProducts"),
        AccessLevelFilter=everybodys,
    )
    for each in found:
        if place.is_ours(each.get("ProductName", "")):
            raise MlopsError(
                f"{place.settings.name}: the project {each['Name']} exists; its team deletes it in"
                " SageMaker Studio, or an administrator with aws servicecatalog"
                f" terminate-provisioned-product --provisioned-product-name {each['Name']}"
            )


def _refuse_losing_data(place: Place, stacks: Sequence[DeployedStack]) -> None:
    deletable = [
        each
        for stack in stacks
        for each in stack.resources
        if _is_data(each.kind) and not each.is_kept
    ]
    if deletable and place.settings.retention.keep_data:
        name = place.settings.name
        raise MlopsError(
            f"{name}: the settings keep data (retention.keep_data), but it was deployed with"
            f" -c delete_data={name}, and {deletable[0].physical_id} would go with its stack;"
            f" deploy it once without, then destroy it"
        )
