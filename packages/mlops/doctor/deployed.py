"""The environment's stacks as an earlier deployment left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops.bootstrap.template import stack_name
from mlops.doctor.line import ok, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops.doctor.line import Line
    from mlops.doctor.subject import Subject

STACKS = "stacks"
BOOTSTRAP_STACK = "CDKToolkit"
_DELETE = ("delete-stack", "wait stack-delete-complete")
# What a status means, and the commands of `aws cloudformation` (CloudFormation User Guide, "Stack
# status codes"; "Continue rolling back an update").
_STUCK = {
    "ROLLBACK_COMPLETE": (
        "its creation failed and was taken back but for what is retained; delete the empty stack",
        _DELETE,
    ),
    "ROLLBACK_FAILED": (
        "its creation failed, and so did taking it back; see to the reason, then delete the stack",
        _DELETE,
    ),
    "CREATE_FAILED": ("its creation failed, and nothing was taken back; delete it", _DELETE),
    "DELETE_FAILED": ("it could not be deleted; see to the reason, then delete it again", _DELETE),
    "UPDATE_ROLLBACK_FAILED": (
        "an update failed, and so did taking it back; see to the reason, then let it go on",
        ("continue-update-rollback", "wait stack-rollback-complete"),
    ),
    "UPDATE_FAILED": (
        "an update failed, and nothing was taken back; take it back",
        ("rollback-stack", "wait stack-rollback-complete"),
    ),
}
_UNDER_WAY = "_IN_PROGRESS"
_ONLY_A_CHANGE_SET = "REVIEW_IN_PROGRESS"
_FAILED = "_FAILED"


def stacks(subject: Subject) -> Iterator[Line]:
    """Find stacks that no deployment can go on from, with what failed first."""
    region, clean = subject.region, 0
    shared = {BOOTSTRAP_STACK, stack_name(subject.settings.name)}
    for name, stack in sorted(subject.stacks.items()):
        if name not in shared and not subject.place.is_ours(name):
            continue
        status = stack["StackStatus"]
        if status in _STUCK:
            meaning, words = _STUCK[status]
            commands = (
                f"aws cloudformation {each} --region {region} --stack-name {name}" for each in words
            )
            yield problem(STACKS, f"{name} is {status}: {meaning}{_why(subject, name)}", *commands)
        elif status.endswith(_UNDER_WAY) and status != _ONLY_A_CHANGE_SET:
            what = f"{name} is {status}: a deployment is under way; wait for its end"
            look = f"aws cloudformation describe-stacks --region {region} --stack-name {name}"
            yield problem(STACKS, what, look)
        else:
            clean += 1
    yield ok(STACKS, f"{clean} of the environment's and the bootstrap's can be deployed to")


def _why(subject: Subject, name: str) -> str:
    """Return the reason of the latest operation's first failure; the service lists newest first."""
    reason = ""
    listing = ("cloudformation", "describe_stack_events", "StackEvents")
    for event in subject.place.pages(*listing, StackName=name):
        own = event["PhysicalResourceId"] == event["StackId"]
        if event["ResourceStatus"].endswith(_FAILED) and not own:
            reason = f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
        if own and event["ResourceStatus"] in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}:
            break
    return f" ({reason})" if reason else ""
