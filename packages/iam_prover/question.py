"""Questions on policies: requests of a pattern that they let through."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iam_prover.errors import PolicyError
from iam_prover.evaluator import PoliciesInForce, decide
from iam_prover.formulas import Formula, fulfils
from iam_prover.principals import IDENTITIES, Caller, CallerKind, role
from iam_prover.request import always_set

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iam_prover.request import Request

DEFAULT_TIMEOUT = 10.0
# Whom an identity provider vouches for, CloudFront for anybody, and nobody in particular.
WITHOUT_ACCOUNT = (CallerKind.FEDERATED, CallerKind.ORIGIN_ACCESS, CallerKind.ANONYMOUS)


@dataclass(frozen=True, slots=True)
class CallerPattern:
    """A set of callers of one kind, in the partition `aws`: sessions of a role `arn`, or users.

    `except_arns` are ARNs of roles and users, and names of services and providers.
    """

    kind: CallerKind
    exactly: Caller | None = None
    arn: str | None = None
    account: str | None = None
    not_account: str | None = None
    except_arns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what the encoding cannot express: it would match nobody, and prove anything."""
        if self.arn is not None and not self.arn.startswith("arn:aws:"):
            raise PolicyError(f"{self.arn!r}: callers of the partition 'aws' only can be asked for")
        if (self.account or self.not_account) and self.kind not in IDENTITIES:
            raise PolicyError(f"a {self.kind.value} cannot be asked for by account")

    def admits(self, caller: Caller) -> bool:
        """Check whether a caller is one of the set."""
        if self.exactly is not None:
            return caller == self.exactly
        return (
            caller.kind is self.kind
            and self.arn in {None, caller.arn}
            and caller.arn not in self.except_arns
            and self.account in {None, caller.account}
            and (self.not_account is None or caller.account != self.not_account)
        )


def exactly(caller: Caller) -> CallerPattern:
    """Make the pattern of one caller.

    Examples
    --------
    >>> from iam_prover import user
    >>> exactly(user("arn:aws:iam::111122223333:user/ann")).admits(
    ...     user("arn:aws:iam::111122223333:user/bob")
    ... )
    False
    """
    return CallerPattern(caller.kind, caller)


def any_session(role_arn: str) -> CallerPattern:
    """Make the pattern of a role, whatever its session is called.

    Examples
    --------
    >>> from iam_prover import role
    >>> job = "arn:aws:iam::111122223333:role/Job"
    >>> any_session(job).admits(role(job, "monday"))
    True
    """
    return CallerPattern(CallerKind.ROLE, arn=role(role_arn).arn)


def anyone(*, account: str, except_arns: tuple[str, ...] = ()) -> tuple[CallerPattern, ...]:
    """Make the patterns of every identity of an account.

    Examples
    --------
    >>> [each.kind.value for each in anyone(account="111122223333")]
    ['role', 'user', 'root']
    """
    return tuple(
        CallerPattern(kind, account=account, except_arns=except_arns) for kind in IDENTITIES
    )


def strangers(*, account: str) -> tuple[CallerPattern, ...]:
    """Make the patterns of everybody outside an account who is no AWS service.

    Examples
    --------
    >>> [each.kind.value for each in strangers(account="111122223333")]
    ['role', 'user', 'root', 'federated', 'origin access identity', 'anonymous']
    """
    others = tuple(CallerPattern(kind, not_account=account) for kind in IDENTITIES)
    return (*others, *(CallerPattern(kind) for kind in WITHOUT_ACCOUNT))


@dataclass(frozen=True)
class RequestPattern:
    """A set of requests with any of some actions, ``service:Action``.

    `context` fixes the values of keys, none for one that must be missing; with `no_other_keys`, all
    others are missing, but those that follow from the caller. Without, AWS has set what it always
    sets.
    """

    callers: tuple[CallerPattern, ...]
    actions: tuple[str, ...]
    resource: str | None = None
    where: tuple[Formula, ...] = ()
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    no_other_keys: bool = False

    def admits(self, request: Request) -> bool:
        """Check whether a request is one of the set."""
        fixed = {name.lower() for name in self.context}
        always = () if self.no_other_keys else always_set(request.caller.kind)
        return (
            any(each.admits(request.caller) for each in self.callers)
            and request.action.lower() in {each.lower() for each in self.actions}
            and self.resource in {None, request.resource}
            and all(request.values(name) == values for name, values in self.context.items())
            and all(request.values(name) or name.lower() in fixed for name in always)
            and (not self.no_other_keys or {name.lower() for name in request.context} <= fixed)
            and all(fulfils(request, formula) for formula in self.where)
        )


def only(request: Request) -> RequestPattern:
    """Make the pattern of one request."""
    return RequestPattern(
        (exactly(request.caller),),
        (request.action,),
        request.resource,
        context=request.context,
        no_other_keys=True,
    )


@dataclass(frozen=True)
class Question:
    """Search for a request of this pattern that these policies let through, and others refuse.

    What is not modelled is left open. That keeps a proof sound; but not one against what other
    policies refuse, so there it makes the answer unknown.
    """

    policies: PoliciesInForce
    requests: RequestPattern
    refused_by: PoliciesInForce | None = None

    def is_answered_by(self, request: Request) -> bool:
        """Check whether a request is of the pattern, let through, and refused by the others."""
        return (
            self.requests.admits(request)
            and decide(request, self.policies).allowed
            and (self.refused_by is None or not decide(request, self.refused_by).allowed)
        )
