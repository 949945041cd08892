"""Operations that change stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.changes import Preview
from pipeline_local.cloudformation.place import refuse_busy
from pipeline_local.cloudformation.refusals import Refusal, invalid
from pipeline_local.cloudformation.steps import problem_words

if TYPE_CHECKING:
    from pipeline_local.cloudformation.place import Place
    from pipeline_local.cloudformation.stacks import Definition, Stack

UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "IMPORT_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_FAILED",
        "CREATE_FAILED",
    }
)
NO_UPDATES = "No updates are to be performed."


def create_stack(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Create a stack."""
    name = request["StackName"]
    there = place.find(name)
    if there is not None and there.status != "REVIEW_IN_PROGRESS":
        raise Refusal("AlreadyExistsException", f"Stack [{name}] already exists")
    stack = there or place.new_stack(name, "CREATE_IN_PROGRESS")
    stack.target = place.definition(request, stack)
    take_options(stack, request)
    stack.protected = bool(request.get("EnableTerminationProtection"))
    stack.on_failure = on_failure(request, request.get("OnFailure", "ROLLBACK"))
    place.begin(stack, "CREATE_IN_PROGRESS", request.get("ClientRequestToken", ""))
    return {"StackId": stack.id}


def update_stack(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Change a stack to a new template."""
    stack = place.stack(request["StackName"])
    if stack.status not in UPDATABLE:
        refuse_busy(stack, "updated")
    target = place.definition(request, stack)
    if not changes_of(place, stack, target) and same_otherwise(stack, target):
        raise invalid(NO_UPDATES)
    take_options(stack, request)
    start_update(place, stack, target, request)
    return {"StackId": stack.id}


def start_update(place: Place, stack: Stack, target: Definition, request: dict[str, Any]) -> None:
    """Begin an update."""
    stack.target, stack.undo = target, {}
    stack.on_failure = on_failure(request, "ROLLBACK")
    place.begin(stack, "UPDATE_IN_PROGRESS", request.get("ClientRequestToken", ""))


def changes_of(place: Place, stack: Stack, target: Definition) -> list[dict[str, Any]]:
    """Return what a new template changes in resources."""
    surroundings = place.engine.exports.surroundings(stack)
    return Preview(stack, target, surroundings, place.engine.types).changes()


def same_otherwise(stack: Stack, target: Definition) -> bool:
    """Return whether outputs, parameters and tags stay the same as well."""
    before, after = stack.definition, target
    return (
        before.template.get("Outputs") == after.template.get("Outputs")
        and before.values == after.values
        and before.tags == after.tags
        and not stack.status.endswith("_FAILED")
    )


def take_options(stack: Stack, request: dict[str, Any]) -> None:
    """Note what a request says beside the template."""
    stack.role = request.get("RoleARN", stack.role)
    stack.capabilities = list(request.get("Capabilities", []))
    stack.notifications = list(request.get("NotificationARNs", stack.notifications))


def on_failure(request: dict[str, Any], usual: str) -> str:
    """Return what happens after a failure."""
    return "DO_NOTHING" if request.get("DisableRollback") else usual


def delete_stack(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Delete a stack; nothing to do if it is gone."""
    stack = place.find(request["StackName"])
    if stack is None or stack.is_gone or stack.status == "DELETE_IN_PROGRESS":
        return {}
    if stack.protected:
        raise invalid(
            f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
        )
    if stack.is_busy:
        refuse_busy(stack, "deleted")
    retained = list(request.get("RetainResources", []))
    if retained and stack.status != "DELETE_FAILED":
        raise invalid(
            "Invalid operation on stack "
            f"[{stack.id}]. RetainResources is only allowed for stacks in DELETE_FAILED state."
        )
    token = request.get("ClientRequestToken", "")
    if users := place.engine.exports.users(stack):
        # As on AWS: the stack stays as it is, with the reason.
        name, others = next(iter(users.items()))
        stack.reason = f"Export {name} cannot be deleted as it is in use by {' and '.join(others)}"
        place.note(stack, stack.reason, token)
        return {}
    stack.retain = retained
    for each in [e for e in place.engine.store.change_sets.values() if e.stack_id == stack.id]:
        place.engine.store.remove_change_set(each.id)
    place.begin(stack, "DELETE_IN_PROGRESS", token)
    return {}


def update_termination_protection(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Switch the protection against deletion on or off."""
    stack = place.stack(request["StackName"])
    stack.protected = bool(request.get("EnableTerminationProtection"))
    place.engine.store.put_stack(stack)
    return {"StackId": stack.id}


def continue_update_rollback(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Take a failed update back after all, without some resources if asked to."""
    stack = place.stack(request["StackName"])
    if stack.status != "UPDATE_ROLLBACK_FAILED":
        refuse_busy(stack, "continued to roll back")
    stack.retain = list(request.get("ResourcesToSkip", []))
    token = request.get("ClientRequestToken", "")
    place.begin(stack, "UPDATE_ROLLBACK_IN_PROGRESS", token)
    return {}


def rollback_stack(place: Place, request: dict[str, Any]) -> dict[str, Any]:
    """Take back a deployment that failed and stood still."""
    stack = place.stack(request["StackName"])
    statuses = {
        "CREATE_FAILED": "ROLLBACK_IN_PROGRESS",
        "UPDATE_FAILED": "UPDATE_ROLLBACK_IN_PROGRESS",
    }
    if stack.status not in statuses:
        refuse_busy(stack, "rolled back")
    failed = [name for name, each in stack.records.items() if each.status.endswith("_FAILED")]
    token = request.get("ClientRequestToken", "")
    place.begin(stack, statuses[stack.status], token, problem_words("create or update", failed))
    return {"StackId": stack.id}
