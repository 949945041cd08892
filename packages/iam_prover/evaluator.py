"""The plain evaluator, second half: decisions on requests.

Sources: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny
access", "Permissions boundaries for IAM entities" (also for NotPrincipal with Deny),
"Cross-account policy evaluation logic", "AWS JSON policy elements: Principal"; VPC guide, "Control
access to VPC endpoints using endpoint policies"; KMS developer guide, "Key policies".

Service control, resource control and session policies are outside the model. They can only take
permissions away, so what is proved impossible here stays impossible.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from iam_prover.conditions import holds, pattern, resolve
from iam_prover.policy import Effect, Policy, Principals, Selection, Statement
from iam_prover.principals import Caller, CallerKind, NameKind, PrincipalName

if TYPE_CHECKING:
    from iam_prover.request import Request

_MOST_KNOWN = 1 << 12
_ABOUT: dict[int, tuple[Policy, dict[str, tuple[Statement, ...]]]] = {}


class Arbitrary(Enum):
    """Unknown policies, which may allow everything."""

    ARBITRARY = "arbitrary"


ARBITRARY = Arbitrary.ARBITRARY


@dataclass(frozen=True, slots=True)
class PoliciesInForce:
    """Everything that decides about one request; a KMS grant counts as another resource policy.

    `endpoint` is the policy of the VPC endpoint on the way. `resource_policy_decides` for KMS keys
    and roles: an identity policy counts only where the resource policy delegates to the account.
    """

    identity: tuple[Policy, ...] | Arbitrary = ()
    boundary: Policy | None = None
    resource: tuple[Policy, ...] | Arbitrary = ()
    endpoint: Policy | None = None
    resource_policy_decides: bool = False

    @property
    def documents(self) -> tuple[Policy, ...]:
        """All policies that are known."""
        known = [each for each in (self.identity, self.resource) if not isinstance(each, Arbitrary)]
        optional = [each for each in (self.boundary, self.endpoint) if each is not None]
        return (*(policy for group in known for policy in group), *optional)


class Grant(Enum):
    """The part of a caller that a resource policy's Principal names."""

    DIRECT = "the caller itself"
    ROLE = "the caller's role"
    ACCOUNT = "the caller's account"


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome for one request, with the Deny statements that match or the Allow that do.

    They are empty for an implicit deny and where an arbitrary policy decided.
    """

    allowed: bool
    reason: str
    statements: tuple[Statement, ...] = ()


def decide(request: Request, policies: PoliciesInForce) -> Decision:
    """Evaluate a request.

    If its context has ``aws:ResourceAccount``, that account owns the resource; otherwise the
    caller's own does.

    Examples
    --------
    >>> from iam_prover import PolicyKind, Request, parse_policy, role
    >>> document = {"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}
    >>> held = PoliciesInForce((parse_policy(document, PolicyKind.IDENTITY, "reader.json"),))
    >>> reader = role("arn:aws:iam::111122223333:role/Reader")
    >>> decide(Request(reader, "s3:GetObject", "arn:aws:s3:::logs/a"), held).reason
    'the identity policy allows it'
    """
    bounded = policies.boundary is not None
    denies = tuple(
        statement
        for policy in policies.documents
        for statement in _about(policy, request.action)
        if statement.effect is Effect.DENY and _applies(statement, policy, request, bounded=bounded)
    )
    if denies:
        return Decision(False, "an explicit deny", denies)
    gate: tuple[Statement, ...] = ()
    if policies.endpoint is not None:
        gate = _allows(policies.endpoint, request)
        if not gate:
            return Decision(False, "the endpoint policy does not allow it")
    decision = _allowed_by_policies(request, policies)
    return Decision(decision.allowed, decision.reason, (*decision.statements, *gate))


def _allowed_by_policies(request: Request, policies: PoliciesInForce) -> Decision:
    caller = request.caller
    grants = _grants(request, policies)
    granting = tuple(dict.fromkeys(statement for group in grants.values() for statement in group))
    if not caller.has_identity_policies:
        return Decision(Grant.DIRECT in grants, "the resource policy alone decides", granting)

    by_identity = _identity(request, policies)
    by_boundary = () if policies.boundary is None else _allows(policies.boundary, request)
    within = policies.boundary is None or bool(by_boundary)
    own = by_identity is not None and within
    # Every statement that lets it through: correcting one of two changes nothing.
    chain = (*(by_identity or ()), *by_boundary)
    everything = (*(chain if own else by_boundary), *granting)

    owner = request.values("aws:ResourceAccount")
    if owner and owner[0] != caller.account:
        both = own and bool(grants)
        reason = "another account's resource: both sides decide"
        return Decision(both, reason, everything if both else ())
    if Grant.DIRECT in grants:
        decision = Decision(True, "the resource policy allows the caller itself", everything)
    elif Grant.ROLE in grants and within:
        decision = Decision(True, "the resource policy allows the caller's role", everything)
    elif own and not policies.resource_policy_decides:
        decision = Decision(True, "the identity policy allows it", everything)
    elif own and Grant.ACCOUNT in grants:
        decision = Decision(True, "the resource policy delegates to the account", everything)
    elif own:
        decision = Decision(False, "the resource policy does not allow it")
    else:
        nobody = "no policy allows it" if within else "outside the permissions boundary"
        decision = Decision(False, nobody)
    return decision


def _identity(request: Request, policies: PoliciesInForce) -> tuple[Statement, ...] | None:
    """Return the identity policies' Allow statements that match; None when nothing allows."""
    if isinstance(policies.identity, Arbitrary) or request.caller.kind is CallerKind.ROOT:
        return ()
    found = tuple(each for policy in policies.identity for each in _allows(policy, request))
    return found or None


def _allows(policy: Policy, request: Request) -> tuple[Statement, ...]:
    return tuple(
        statement
        for statement in _about(policy, request.action)
        if statement.effect is Effect.ALLOW and _applies(statement, policy, request)
    )


def _about(policy: Policy, action: str) -> tuple[Statement, ...]:
    """Return the statements that select an action: of most requests that decides."""
    # By identity: a policy's hash is that of all its text, and each is asked about often.
    found = _ABOUT.get(id(policy))
    if found is None or found[0] is not policy:
        if len(_ABOUT) > _MOST_KNOWN:
            _ABOUT.clear()
        found = _ABOUT[id(policy)] = policy, {}
    known = found[1].get(action)
    if known is None:
        name = action.lower()
        known = tuple(each for each in policy.statements if _selects_action(each.actions, name))
        found[1][action] = known
    return known


def _grants(request: Request, policies: PoliciesInForce) -> dict[Grant, tuple[Statement, ...]]:
    if isinstance(policies.resource, Arbitrary):
        return {Grant.DIRECT: ()}
    grants: dict[Grant, tuple[Statement, ...]] = {}
    for policy in policies.resource:
        for statement in _allows(policy, request):
            for grant in _fits(statement.principals, request.caller):
                grants[grant] = (*grants.get(grant, ()), statement)
    return grants


def _applies(
    statement: Statement, policy: Policy, request: Request, *, bounded: bool = False
) -> bool:
    """Check what else a statement says that selects the action."""
    in_doubt = statement.effect is Effect.ALLOW
    if policy.kind.has_principals and not _names(statement.principals, request.caller, bounded):
        return False
    return _selects_resource(statement.resources, request, in_doubt=in_doubt) and all(
        holds(each, request, in_doubt=in_doubt) for each in statement.conditions
    )


def _selects_action(actions: Selection, action: str) -> bool:
    listed = any(pattern(each.parts).fullmatch(action) for each in actions.patterns)
    return listed is not actions.inverted


def _selects_resource(resources: Selection | None, request: Request, *, in_doubt: bool) -> bool:
    if resources is None:
        return True
    resolved = [resolve(each.parts, request) for each in resources.patterns]
    listed = any(
        parts is not None and pattern(parts).fullmatch(request.resource) for parts in resolved
    )
    if not resources.inverted or listed:
        return listed is not resources.inverted
    return in_doubt if None in resolved else True


def _names(principals: Principals | None, caller: Caller, bounded: bool) -> bool:
    if principals is None:
        return False
    if not principals.inverted:
        return bool(_fits(principals, caller))
    # NotPrincipal with Deny "will always deny any IAM principal that has a permissions boundary".
    if bounded and caller.kind in {CallerKind.ROLE, CallerKind.USER}:
        return True
    # AWS wants the account, the role and the session all listed; in doubt one of them exempts.
    return not any(_fit(name, caller) for name in principals.names)


def _fits(principals: Principals | None, caller: Caller) -> set[Grant]:
    names = principals.names if principals else ()
    return {grant for name in names if (grant := _fit(name, caller))}


def _fit(name: PrincipalName, caller: Caller) -> Grant | None:
    """Return how one entry of a Principal element fits the caller; None when it does not."""
    named = name.value == caller.arn
    is_identity = caller.has_identity_policies
    of_account = (is_identity and name.value == caller.account) or (
        caller.canonical_id is not None and name.value == caller.canonical_id
    )
    match name.kind:
        case NameKind.EVERYONE:
            return Grant.DIRECT
        case NameKind.ACCOUNT | NameKind.CANONICAL:
            return Grant.ACCOUNT if of_account else None
        case NameKind.ARN if is_identity and name.value == caller.session_arn:
            return Grant.DIRECT
        case NameKind.ARN if is_identity and named:
            return Grant.ROLE if caller.kind is CallerKind.ROLE else Grant.DIRECT
        case NameKind.SERVICE | NameKind.FEDERATED | NameKind.ORIGIN_ACCESS:
            return Grant.DIRECT if named and name.kind.value == caller.kind.value else None
    return None
