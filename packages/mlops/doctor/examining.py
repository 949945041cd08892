"""The examination: every check, each on its own, so that one that is refused hides no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from mlops.doctor import (
    account,
    bootstrap,
    deployed,
    existing_vpc,
    look_ups,
    network,
    quotas,
    rights,
    taken,
)
from mlops.doctor.line import Verdict, problem, unknown
from mlops.doctor.reads import action_of
from mlops.doctor.unanswered import NO_ANSWER, first_line, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mlops.doctor.line import Line
    from mlops.doctor.subject import Subject

    Check = Callable[[Subject], Iterable[Line]]

CHECKS: tuple[tuple[str, Check], ...] = (
    (deployed.STACKS, deployed.stacks),
    (bootstrap.VERSION, bootstrap.version),
    (bootstrap.TRUST, bootstrap.trust),
    (bootstrap.POLICIES, bootstrap.policies),
    (rights.RIGHTS, rights.of_the_deployer),
    (rights.SCPS, rights.service_control_policies),
    (rights.SIMULATED, rights.of_cloudformation),
    (quotas.CONCURRENCY, quotas.lambda_concurrency),
    (quotas.INSTANCES, quotas.sagemaker_instances),
    (quotas.IDENTITIES, quotas.identities),
    (quotas.NETWORKS, quotas.networks),
    (network.ZONES, network.zones),
    (network.PREFIX_LIST, network.prefix_list),
    (network.SERVICES, network.endpoint_services),
    (existing_vpc.EXISTING, existing_vpc.existing_vpc),
    (look_ups.LOOK_UPS, look_ups.fail_closed),
    (taken.PRINCIPALS, taken.principals),
    (taken.OTHERS, taken.buckets_of_others),
)
_DENIED = ("AccessDenied", "Unauthorized", "AuthorizationError", "NotAuthorized")


def examine(subject: Subject, only: str | None = None) -> Iterator[Line]:
    """Yield the lines of every check, the credentials' first, or beside those of one only."""
    first = list(account.credentials(subject))
    yield from first
    if any(each.check == account.ACCOUNT and each.verdict is not Verdict.OK for each in first):
        return  # all else would be about another account, or cannot be asked
    for name, check in (*CHECKS, *taken.names_by_kind(subject)):
        if only in {None, name}:
            yield from _carefully(name, check, subject)


def _carefully(name: str, check: Check, subject: Subject) -> Iterator[Line]:
    try:
        yield from check(subject)
    except ClientError as error:
        yield _refused(name, error, subject)
    except NO_ANSWER as error:
        yield unknown(name, reason(error))


def _refused(name: str, error: ClientError, subject: Subject) -> Line:
    code = error.response["Error"].get("Code", "")
    message = first_line(error.response["Error"].get("Message") or "")
    (action,) = {
        action_of(*call) for call in subject.reader.calls if call[1] == error.operation_name
    } or {error.operation_name}
    if any(word in code for word in _DENIED):
        who = f"mlops doctor --environment {subject.settings.name} --policy"
        return unknown(name, f"these credentials may not call {action}; the policy they need:", who)
    if code == "ExpiredToken":
        return problem(name, f"{action}: {code}: {message}; sign in again")
    return unknown(name, f"{action}: {code}: {message}")
