"""Questions from a command line: principal, action, resource, conditions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iam_prover.encoding.prover import Prover
from iam_prover.errors import PolicyError
from iam_prover.formulas import resource_like
from iam_prover.principals import (
    ANONYMOUS,
    Caller,
    CallerKind,
    NameKind,
    federated,
    parse_principal_name,
    root,
    service,
    user,
)
from iam_prover.question import (
    DEFAULT_TIMEOUT,
    CallerPattern,
    Question,
    RequestPattern,
    any_session,
    exactly,
)
from iam_prover.reference import matching

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from iam_prover.answers import Answer
    from iam_prover.evaluator import PoliciesInForce
    from iam_prover.formulas import Formula

_ARN = re.compile(r"arn:[\w-]+:[\w-]+:[^:]*:(?P<account>[^:]*):.+", re.DOTALL)
_ACCOUNT = re.compile(r"\d{12}")
_IN_WORDS = {
    "*": tuple(CallerPattern(kind) for kind in CallerKind if kind is not CallerKind.ROOT),
    "anonymous": (exactly(ANONYMOUS),),
}


def can_be_allowed(
    policies: PoliciesInForce, requests: RequestPattern, *, timeout: float = DEFAULT_TIMEOUT
) -> Answer:
    """Find a request of a pattern that policies let through, or prove that there is none.

    Starts a process for z3; to ask many questions, keep a `Prover`, whose `timeout` this has.

    Raises
    ------
    PolicyError
        If a policy uses an operator in a form that IAM leaves open.

    Examples
    --------
    >>> from iam_prover import Impossible, PoliciesInForce, PolicyKind, parse_policy
    >>> document = {
    ...     "Statement": {
    ...         "Effect": "Allow",
    ...         "Action": "s3:Get*",
    ...         "Resource": "arn:aws:s3:::logs/*",
    ...         "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
    ...     }
    ... }
    >>> policy = parse_policy(document, PolicyKind.IDENTITY, "reader.json")
    >>> held = PoliciesInForce(identity=(policy,))
    >>> reader = "arn:aws:iam::111122223333:role/Reader"
    >>> answer = can_be_allowed(held, requests_like(reader, ["s3:GetObject"]))
    >>> answer.request.values("aws:SourceVpce")
    ('vpce-1',)
    >>> outside = requests_like(reader, ["s3:*"], context={"aws:SourceVpce": []})
    >>> isinstance(can_be_allowed(held, outside), Impossible)
    True
    """
    with Prover(timeout) as prover:
        return prover.ask(Question(policies, requests))


def requests_like(
    principal: str,
    actions: Iterable[str],
    resource: str | None = None,
    context: Mapping[str, Iterable[str]] | None = None,
) -> RequestPattern:
    """Describe requests; what is not said may be anything.

    Parameters
    ----------
    principal : str
        ARN of a role (in any session), a user, an account's root, an identity provider or a
        CloudFront origin access identity; name of a service; account number, for all its roles and
        users; ``anonymous``; or ``*``, for everybody but the accounts' roots, who need no policy.
    actions : iterable of str
        ``service:Action``; with wildcards, all that the service authorization reference knows.
    resource : str, optional
        ARN, with wildcards or without. The account in it becomes ``aws:ResourceAccount``.
    context : mapping of str to iterable of str, optional
        Values of context keys; none where the key must be missing.

    Examples
    --------
    >>> requests_like("*", ["sqs:Send*"], "arn:aws:sqs:eu-west-1:111122223333:jobs").actions
    ('sqs:SendMessage',)
    >>> requests_like("*", ["s3:GetObjekt"])
    Traceback (most recent call last):
    iam_prover.errors.PolicyError: action 's3:GetObjekt': no such action is known
    """
    fixed = {name: tuple(values) for name, values in (context or {}).items()}
    where: tuple[Formula, ...] = ()
    if resource is not None:
        found = _ARN.fullmatch(resource)
        if found is None and resource != "*":
            raise PolicyError(f"resource {resource!r}: not an ARN")
        owner = found["account"] if found else ""
        if _ACCOUNT.fullmatch(owner) and "aws:resourceaccount" not in {n.lower() for n in fixed}:
            fixed["aws:ResourceAccount"] = (owner,)
        if "*" in resource or "?" in resource:
            where, resource = (resource_like(resource),), None
    return RequestPattern(_callers(principal), _actions(actions), resource, where, fixed)


def _callers(principal: str) -> tuple[CallerPattern, ...]:
    if principal in _IN_WORDS:
        return _IN_WORDS[principal]
    if _ACCOUNT.fullmatch(principal):
        kinds = (CallerKind.ROLE, CallerKind.USER)
        return tuple(CallerPattern(kind, account=principal) for kind in kinds)
    if principal.endswith(".amazonaws.com"):
        return (exactly(service(principal)),)
    if ":oidc-provider/" in principal or ":saml-provider/" in principal:
        return (exactly(federated(principal)),)
    name = parse_principal_name("AWS", principal)
    if name.kind is NameKind.ACCOUNT:
        caller = root(name.value, principal.split(":")[1])
    elif name.kind is NameKind.ORIGIN_ACCESS:
        caller = Caller(CallerKind.ORIGIN_ACCESS, principal)
    elif ":user/" in principal:
        caller = user(principal)
    else:
        return (any_session(principal),)
    return (exactly(caller),)


def _actions(patterns: Iterable[str]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for each in patterns:
        found = matching(each)
        if not found:
            raise PolicyError(f"action {each!r}: no such action is known")
        names.update((action.name, None) for action in found)
    return tuple(names)
