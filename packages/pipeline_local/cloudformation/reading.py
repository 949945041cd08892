"""Operations that only read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.capabilities import needed
from pipeline_local.cloudformation.parameters import described
from pipeline_local.cloudformation.refusals import invalid
from pipeline_local.cloudformation.template import check_template, parse_template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline_local.cloudformation.place import Place
    from pipeline_local.cloudformation.stacks import Event, Record, Stack

_PAGE = 100
_SUMMARY = (
    *("CreationTime", "LastUpdatedTime", "DeletionTime", "StackId", "StackName"),
    *("StackStatus", "StackStatusReason", "DriftInformation"),
)


def _page(name: str, items: Sequence[dict[str, Any]], request: dict[str, Any]) -> dict[str, Any]:
    start = int(request.get("NextToken") or 0)
    answer: dict[str, Any] = {name: list(items[start : start + _PAGE])}
    if start + _PAGE < len(items):
        answer["NextToken"] = str(start + _PAGE)
    return answer


def describe_stacks(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Describe one stack, or all that are not deleted."""
    if "StackName" in request:
        return {"Stacks": [_described(place.stack(request["StackName"]))]}
    found = [_described(stack) for stack in place.stacks() if not stack.is_gone]
    return _page("Stacks", found, request)


def _described(stack: Stack) -> dict[str, Any]:
    shown = stack.definition
    if stack.target is not None and stack.status != "REVIEW_IN_PROGRESS":
        shown = stack.target
    optional = {
        "StackStatusReason": stack.reason,
        "LastUpdatedTime": stack.updated,
        "DeletionTime": stack.deleted,
        "RoleARN": stack.role,
        "Description": str(shown.template.get("Description", "")),
        "ChangeSetId": stack.change_set,
        "Outputs": stack.outputs,
    }
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "StackStatus": stack.status,
        "CreationTime": stack.created,
        "Parameters": described(shown.template, shown.parameters, shown.resolved),
        "Tags": [{"Key": key, "Value": value} for key, value in shown.tags.items()],
        "Capabilities": stack.capabilities,
        "NotificationARNs": stack.notifications,
        "RollbackConfiguration": {},
        "DisableRollback": stack.on_failure == "DO_NOTHING",
        "EnableTerminationProtection": stack.protected,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        **{name: value for name, value in optional.items() if value},
    }


def list_stacks(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """List stacks, deleted ones too."""
    wanted = request.get("StackStatusFilter")
    found = [
        {
            **{name: value for name, value in _described(stack).items() if name in _SUMMARY},
            "TemplateDescription": str(stack.definition.template.get("Description", "")),
        }
        for stack in place.stacks()
        if not wanted or stack.status in wanted
    ]
    return _page("StackSummaries", found, request)


def describe_stack_events(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Return the history of a stack, the newest first."""
    name = request["StackName"]
    stack = place.find(name)
    if stack is None:
        raise invalid(f"Stack [{name}] does not exist")
    events = place.engine.store.events(stack.id)
    return _page("StackEvents", [_event(each, stack) for each in events], request)


def _event(event: Event, stack: Stack) -> dict[str, Any]:
    return {
        "EventId": event.id,
        "StackId": stack.id,
        "StackName": stack.name,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.kind,
        "Timestamp": event.time,
        "ResourceStatus": event.status,
        **({"ResourceStatusReason": event.reason} if event.reason else {}),
        **({"ClientRequestToken": event.token} if event.token else {}),
    }


def describe_events(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Return the events of a stack's operations, the newest first; only failed ones if asked."""
    change_set = place.change_set(request.get("ChangeSetName", ""), request.get("StackName"))
    name = request.get("StackName") or (change_set.stack_id if change_set else "")
    stack = place.stack(name)
    # A change set here is made at once, and has no events of its own.
    events = [] if "ChangeSetName" in request else place.engine.store.events(stack.id)
    if request.get("Filters", {}).get("FailedEvents"):
        events = [each for each in events if each.status.endswith("_FAILED")]
    found = [{**_event(each, stack), "EventType": "STACK_EVENT"} for each in events]
    return _page("OperationEvents", found, request)


def list_stack_resources(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """List the resources of a stack."""
    stack = place.stack(request["StackName"])
    found = [_resource(each, "LastUpdatedTimestamp") for each in stack.records.values()]
    return _page("StackResourceSummaries", found, request)


def describe_stack_resources(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Describe the resources of a stack, or one of them."""
    asked = request.get("PhysicalResourceId")
    if asked and "StackName" not in request:
        holders = [
            stack
            for stack in place.stacks()
            if not stack.is_gone
            for each in stack.records.values()
            if each.physical_id == asked
        ]
        if not holders:
            raise invalid(f"Stack for {asked} does not exist")
        stack = holders[0]
    else:
        stack = place.stack(request.get("StackName", ""))
    only = request.get("LogicalResourceId")
    records = [each for name, each in stack.records.items() if not only or name == only]
    return {"StackResources": [_of_stack(each, stack, "Timestamp") for each in records]}


def describe_stack_resource(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Describe one resource."""
    stack, name = place.stack(request["StackName"]), request["LogicalResourceId"]
    if name not in stack.records:
        raise invalid(f"Resource {name} does not exist for stack {stack.name}")
    record = stack.records[name]
    detail = _of_stack(record, stack, "LastUpdatedTimestamp")
    return {"StackResourceDetail": detail}


def _of_stack(record: Record, stack: Stack, time: str) -> dict[str, Any]:
    return {**_resource(record, time), "StackId": stack.id, "StackName": stack.name}


def _resource(record: Record, time: str) -> dict[str, Any]:
    return {
        "LogicalResourceId": record.logical_id,
        "PhysicalResourceId": record.physical_id,
        "ResourceType": record.kind,
        "ResourceStatus": record.status,
        time: record.updated,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        **({"ResourceStatusReason": record.reason} if record.reason else {}),
    }


def get_template(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Return the template of a stack or of a change set, as it was sent."""
    stages = ["Original", "Processed"]
    if "ChangeSetName" in request:
        found = place.change_set(request["ChangeSetName"], request.get("StackName"))
        if found is None:
            raise invalid(f"ChangeSet [{request['ChangeSetName']}] does not exist")
        return {"TemplateBody": found.definition.text, "StagesAvailable": stages}
    stack = place.stack(request["StackName"])
    shown = stack.definition
    if stack.target is not None and stack.status == "CREATE_IN_PROGRESS":
        shown = stack.target
    return {"TemplateBody": shown.text, "StagesAvailable": stages}


def _template_of(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    if "StackName" in request:
        return place.stack(request["StackName"]).definition.template
    url = request.get("TemplateURL")
    text = place.read_url(url) if url else str(request.get("TemplateBody", ""))
    template = parse_template(text)
    check_template(template)
    return template


def get_template_summary(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Return what a template declares."""
    template = _template_of(place, request)
    resources = template.get("Resources", {})
    return {
        **_declared(template),
        "ResourceTypes": sorted({body["Type"] for body in resources.values()}),
        "Version": str(template.get("AWSTemplateFormatVersion", "2010-09-09")),
    }


def validate_template(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Check a template."""
    return _declared(_template_of(place, request))


def _declared(template: dict[str, Any]) -> dict[str, Any]:
    return {
        "Description": str(template.get("Description", "")),
        "Capabilities": needed(template) if template.get("Resources") else [],
        "Parameters": [
            {
                "ParameterKey": name,
                "ParameterType": str(body.get("Type", "String")),
                "NoEcho": str(body.get("NoEcho", "")).lower() == "true",
                **({"DefaultValue": str(body["Default"])} if "Default" in body else {}),
                **({"Description": str(body["Description"])} if "Description" in body else {}),
            }
            for name, body in template.get("Parameters", {}).items()
        ],
    }


def list_exports(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """List what stacks export."""
    found = [
        {"ExportingStackId": stack.id, "Name": name, "Value": value}
        for stack in place.stacks()
        if not stack.is_gone
        for name, value in stack.exports.items()
    ]
    return _page("Exports", sorted(found, key=lambda each: each["Name"]), request)


def list_imports(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """List the stacks that import a value."""
    name = request["ExportName"]
    found = [stack.name for stack in place.stacks() if name in stack.imports and not stack.is_gone]
    if not found:
        raise invalid(f"Export '{name}' is not imported by any stack.")
    return {"Imports": sorted(found)}
