"""Approving and rejecting, with a name, a time and a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from mlops.errors import MlopsError

if TYPE_CHECKING:
    from mlops.registry.registry import Registry
    from mlops.registry.versions import ModelVersion

# ApprovalDescription holds 1024 characters; name and time need some of them.
MAX_REASON = 700


@dataclass(frozen=True)
class Decision:
    """What became of an approval or a rejection.

    Parameters
    ----------
    version : ModelVersion
        The version, as it is now.
    changed : bool
        False if it had that status already; then nothing was written.
    before : str
        Its status before.
    """

    version: ModelVersion
    changed: bool
    before: str


def decide(
    registry: Registry,
    version: ModelVersion,
    status: Literal["Approved", "Rejected"],
    reason: str,
) -> Decision:
    """Approve or reject a version.

    Parameters
    ----------
    registry : Registry
        Where it is.
    version : ModelVersion
        The version.
    status : str
        ``Approved`` or ``Rejected``.
    reason : str
        Why; kept with the version, with who and when.

    Returns
    -------
    Decision
        What was done.

    Raises
    ------
    MlopsError
        If the reason is empty or too long, or the credentials are of another account than the
        environment's.
    """
    reason = given(reason)
    if version.status == status:
        return Decision(version, changed=False, before=status)
    caller = caller_of(registry)
    registry.aws.client("sagemaker").update_model_package(
        ModelPackageArn=version.arn,
        ModelApprovalStatus=status,
        ApprovalDescription=signed(reason, status, caller),
    )
    return Decision(registry.version(version.arn), changed=True, before=version.status)


def given(reason: str) -> str:
    """Refuse a reason that is none.

    Parameters
    ----------
    reason : str
        Why.

    Returns
    -------
    str
        The same in one line.

    Raises
    ------
    MlopsError
        If it is empty or too long.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise MlopsError("a reason is needed: --reason TEXT")
    if len(reason) > MAX_REASON:
        raise MlopsError(f"the reason has {len(reason)} characters, at most {MAX_REASON} fit")
    return reason


def caller_of(registry: Registry) -> str:
    """Tell who decides.

    Parameters
    ----------
    registry : Registry
        Where.

    Returns
    -------
    str
        ARN of the caller.

    Raises
    ------
    MlopsError
        If the credentials are of another account than the environment's.
    """
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
    """Put a name and the time to a reason.

    Parameters
    ----------
    reason : str
        Why; what is too long is cut.
    status : str
        ``Approved`` or ``Rejected``.
    caller : str
        ARN of who decided.

    Returns
    -------
    str
        No longer than ApprovalDescription may be.
    """
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"{' '.join(reason.split())[:MAX_REASON]} ({status} by {caller}, {when})"
