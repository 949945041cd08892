"""Operations on change sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.parameters import described
from pipeline_local.cloudformation.place import refuse_busy
from pipeline_local.cloudformation.refusals import Refusal, invalid
from pipeline_local.cloudformation.stacks import ChangeSet, now
from pipeline_local.cloudformation.writing import (
    UPDATABLE,
    changes_of,
    on_failure,
    same_otherwise,
    start_update,
)

if TYPE_CHECKING:
    from pipeline_local.cloudformation.place import Place
    from pipeline_local.cloudformation.stacks import Stack

_PAGE = 100
_REVIEW = "REVIEW_IN_PROGRESS"
_NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a "
    "change set."
)


def create(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Create a change set, and the stack that it is to create."""
    kind = request.get("ChangeSetType", "UPDATE")
    if kind == "IMPORT":
        raise invalid("the local AWS does not support change sets of type IMPORT")
    stack = _stack_for(place, request["StackName"], kind)
    definition = place.definition(request, stack)
    if place.change_set(request["ChangeSetName"], stack.id):
        name = request["ChangeSetName"]
        raise Refusal(
            "AlreadyExistsException", f"ChangeSet {name} already exists for stack {stack.id}"
        )
    made = ChangeSet(
        id=place.change_set_id(request["ChangeSetName"]),
        name=request["ChangeSetName"],
        stack_id=stack.id,
        kind=kind,
        definition=definition,
        created=now(),
        description=request.get("Description", ""),
        capabilities=list(request.get("Capabilities", [])),
        notifications=list(request.get("NotificationARNs", [])),
        role=request.get("RoleARN", ""),
        on_failure=request.get("OnStackFailure", ""),
    )
    made.changes = changes_of(place, stack, definition)
    if kind == "UPDATE" and not made.changes and same_otherwise(stack, definition):
        made.status, made.execution, made.reason = "FAILED", "UNAVAILABLE", _NO_CHANGES
    if stack.id not in place.engine.store.stacks:
        place.note(stack, "User Initiated", request.get("ClientToken", ""))
    place.engine.store.put_change_set(made)
    return {"Id": made.id, "StackId": stack.id}


def _stack_for(place: Place, name: str, kind: str) -> Stack:
    stack = place.find(name)
    if kind == "CREATE":
        if stack is None or stack.is_gone:
            return place.new_stack(name, _REVIEW)
        if stack.status != _REVIEW:
            raise invalid(
                f"Stack [{name}] already exists and cannot be created again with the "
                f"changeSet [{kind}]."
            )
        return stack
    if stack is None:
        raise invalid(f"Stack [{name}] does not exist")
    if stack.status == _REVIEW or stack.status not in UPDATABLE:
        refuse_busy(stack, "updated")
    return stack


def _found(place: Place, request: dict[str, Any]) -> ChangeSet:
    name, stack = request["ChangeSetName"], request.get("StackName")
    if stack:
        place.stack(stack)
    found = place.change_set(name, stack)
    if found is None:
        raise Refusal("ChangeSetNotFound", f"ChangeSet [{name}] does not exist")
    return found


def describe(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Describe a change set."""
    found = _found(place, request)
    stack = place.engine.store.stacks[found.stack_id]
    start = int(request.get("NextToken") or 0)
    page = found.changes[start : start + _PAGE]
    definition = found.definition
    answer = {
        **_summary(found, stack),
        "Parameters": described(definition.template, definition.parameters, definition.resolved),
        "NotificationARNs": found.notifications,
        "RollbackConfiguration": {},
        "Capabilities": found.capabilities,
        "Tags": [{"Key": key, "Value": value} for key, value in definition.tags.items()],
        "Changes": [
            each if request.get("IncludePropertyValues") else _without_values(each) for each in page
        ],
    }
    if start + _PAGE < len(found.changes):
        answer["NextToken"] = str(start + _PAGE)
    return answer


def _without_values(change: dict[str, Any]) -> dict[str, Any]:
    inner = {
        key: value
        for key, value in change["ResourceChange"].items()
        if key not in {"BeforeContext", "AfterContext"}
    }
    hidden = {"BeforeValue", "AfterValue", "AttributeChangeType", "Path"}
    if "Details" in inner:
        inner["Details"] = [
            {**each, "Target": {k: v for k, v in each["Target"].items() if k not in hidden}}
            for each in inner["Details"]
        ]
    return {**change, "ResourceChange": inner}


def _summary(found: ChangeSet, stack: Stack) -> dict[str, Any]:
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "ChangeSetId": found.id,
        "ChangeSetName": found.name,
        "CreationTime": found.created,
        "ExecutionStatus": found.execution,
        "Status": found.status,
        "IncludeNestedStacks": False,
        **({"StatusReason": found.reason} if found.reason else {}),
        **({"Description": found.description} if found.description else {}),
    }


def list_change_sets(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """List the change sets of a stack."""
    stack = place.stack(request["StackName"])
    found = [e for e in place.engine.store.change_sets.values() if e.stack_id == stack.id]
    return {"Summaries": [_summary(each, stack) for each in found]}


def delete(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Delete a change set; nothing to do if it is gone."""
    stack = request.get("StackName")
    if stack:
        place.stack(stack)
    found = place.change_set(request["ChangeSetName"], stack)
    if found is not None:
        if found.execution == "EXECUTE_IN_PROGRESS":
            raise Refusal(
                "InvalidChangeSetStatus",
                f"The change set cannot be deleted in its current status of {found.execution}",
            )
        place.engine.store.remove_change_set(found.id)
    return {}


def execute(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Carry a change set out."""
    found = _found(place, request)
    stack = place.engine.store.stacks[found.stack_id]
    if found.execution != "AVAILABLE" or stack.is_busy:
        raise Refusal(
            "InvalidChangeSetStatus",
            f"ChangeSet [{found.id}] cannot be executed in its current status of [{found.status}]",
        )
    # All of a stack's change sets go when one is executed.
    for each in [e for e in place.engine.store.change_sets.values() if e.stack_id == stack.id]:
        place.engine.store.remove_change_set(each.id)
    stack.change_set, stack.capabilities = found.id, found.capabilities
    stack.role = found.role or stack.role
    stack.notifications = found.notifications
    if found.kind == "CREATE":
        stack.target = found.definition
        stack.on_failure = on_failure(request, found.on_failure or "ROLLBACK")
        place.begin(stack, "CREATE_IN_PROGRESS", request.get("ClientRequestToken", ""))
    else:
        start_update(place, stack, found.definition, request)
    return {}
