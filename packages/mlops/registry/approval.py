"""Approval and rejection, with name, time and reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from mlops.registry.registry import Registry
    from mlops.registry.versions import ModelVersion

# ApprovalDescription holds 1024 characters; name and time need some of them.
MAX_REASON = 700


@dataclass(frozen=True)
class Decision:
    """Result of an approval or rejection."""

    version: ModelVersion
    changed: bool  # False if it had that status already
    before: str


def decide(
    registry: Registry,
    version: ModelVersion,
    status: Literal["Approved", "Rejected"],
    reason: str,
) -> Decision:
    """Approve or reject a version."""
    reason = normalized(reason)
    if version.status == status:
        return Decision(version, changed=False, before=status)
    caller = caller_of(registry)
    registry.aws.client("sagemaker").update_model_package(
        ModelPackageArn=version.arn,
        ModelApprovalStatus=status,
        ApprovalDescription=signed(reason, status, caller),
    )
    return Decision(registry.version(version.arn), changed=True, before=version.status)


def normalized(reason: str) -> str:
    """Normalize a reason; refuse an empty or too long one."""
    reason = " ".join(reason.split())
    if not reason:
        raise MlopsError("a reason is needed: --reason TEXT")
    if len(reason) > MAX_REASON:
        raise MlopsError(f"the reason has {len(reason)} characters, at most {MAX_REASON} fit")
    return reason


def caller_of(registry: Registry) -> str:
    """Return the caller's ARN; refuse another account's."""
    caller = registry.aws.client("sts").get_caller_identity()
    settings = registry.names.settings
    if caller["Account"] != settings.account:
        raise MlopsError(
            f"the AWS credentials are of account {caller['Account']}, environment "
            f"{settings.name} is account {settings.account}; sign in to that one"
        )
    arn: str = caller["Arn"]
    return arn


def signed(reason: str, status: str, caller: str) -> str:
    """Append status, caller and time to a reason, which is cut if too long."""
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"{' '.join(reason.split())[:MAX_REASON]} ({status} by {caller}, {when})"
