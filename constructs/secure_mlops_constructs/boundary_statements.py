"""The statements of a boundary, derived from the duties of the roles below it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# No duty has what follows; it is refused by name as well, so that nobody can allow it later by
# adding a duty.
LEAVING = """
    ec2:Attach* ec2:Authorize* ec2:Create*Gateway ec2:CreateRoute ec2:CreateVpc* ec2:DeleteVpc*
    ec2:ModifyVpc* kms:Put* lambda:Add* lambda:Update* ram:Create* s3:DeleteBucket* s3:PutBucket*
    sagemaker:PutModel*
    """
ESCALATING = """
    iam:Add* iam:Attach* iam:Create* iam:Delete* iam:Detach* iam:Put* iam:Set* iam:Update*
    """
_PASSING, _BECOMING, _DECRYPTING = "iam:PassRole", "sts:AssumeRole", "kms:Decrypt"
# The content in S3's requests to KMS: the ARN of the object or, with a bucket key, of the
# bucket (S3 User Guide, "Using server-side encryption with AWS KMS keys", encryption context).
_OBJECT = "kms:EncryptionContext:aws:s3:arn"


@dataclass(frozen=True)
class Duty:
    """One duty of a role below a boundary.

    `resources` and the values of `conditions` are patterns. A duty that `lends` runs code under
    another role, so it is for these resources only. `principals` are the only roles for it; empty
    where every role below the boundary may have it.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    accounts: tuple[str, ...] = ()
    lends: bool = False
    principals: tuple[str, ...] = ()

    @property
    def matching(self) -> dict[str, dict[str, list[str]]]:
        """The conditions as an Allow has them."""
        return _conditions("StringLike", self.conditions) if self.conditions else {}


@dataclass(frozen=True)
class Ceiling:
    """The input that a boundary is derived from.

    Parameters
    ----------
    environment_arns : tuple of str
        All that roles below it may change, as patterns.
    decrypted_arns : tuple of str
        Patterns of a bucket of somebody else's and its objects that S3 decrypts for these roles,
        under whatever key they are.
    key_arns : tuple of str
        The environment's keys; only where something is decrypted beside them.
    """

    duties: tuple[Duty, ...]
    environment_arns: tuple[str, ...]
    decrypted_arns: tuple[str, ...] = ()
    key_arns: tuple[str, ...] = ()


def boundary_statements(account: str, ceiling: Ceiling) -> list[iam.PolicyStatement]:
    """Derive a boundary from the duties of the roles below it.

    Only resources of `account` may be changed. A Deny beside the Allow names the resources, as rule
    packs want every wildcard in an Allow acknowledged.
    """
    ours = {"StringEquals": {"aws:ResourceAccount": account}}
    here: dict[str, list[Duty]] = {}
    for duty in ceiling.duties:
        for action in () if duty.accounts else duty.actions:
            here.setdefault(action, []).append(duty)
    passing, becoming = here.pop(_PASSING, []), here.pop(_BECOMING, [])
    anybody = {
        action: duties
        for action, duties in here.items()
        if not all(each.principals for each in duties)
    }
    about_none = {
        action for action in anybody if all(arn == "*" for arn in _resources(anybody[action]))
    }
    named = anybody.keys() - about_none
    refused = ESCALATING if becoming else f"{ESCALATING} {_BECOMING}"
    # The Allows first: a rule pack takes a service's whole list before an Allow for part of it.
    return [
        *([_allow(sorted(named), ["*"], ours, sid="OnResources")] if named else []),
        *([_allow(sorted(about_none), ["*"], sid="Reading")] if about_none else []),
        *_passing(passing),
        *_of_others(ceiling),
        *_for_some(here, ours),
        *([_allow([_BECOMING], _resources(becoming), sid="Becoming")] if becoming else []),
        *_not_elsewhere(here, ceiling),
        *_conditioned(here),
        _refusal("NoWayOut", f"{LEAVING} {refused}"),
    ]


def _passing(duties: Sequence[Duty]) -> list[iam.PolicyStatement]:
    passed: dict[tuple[str, ...], list[Duty]] = {}
    for duty in duties:
        passed.setdefault(duty.conditions["iam:PassedToService"], []).append(duty)
    return [
        _allow([_PASSING], _resources(some), {"StringEquals": {"iam:PassedToService": list(to)}})
        for to, some in passed.items()
    ]


def _not_elsewhere(
    here: Mapping[str, Sequence[Duty]], ceiling: Ceiling
) -> list[iam.PolicyStatement]:
    """Keep actions to the part of the environment that duties need, where that is all of them.

    Actions that lend rights are kept to their very resources, and so is what has the same ones.
    """
    allowed = {each for duty in ceiling.duties for each in duty.actions}
    confined: dict[tuple[str, ...], set[str]] = {}
    for action, duties in here.items():
        if _lends(duties):
            confined.setdefault(tuple(_resources(duties)), set()).add(action)
    apart = {_DECRYPTING} & here.keys() if ceiling.decrypted_arns else set()
    rest: dict[str, Sequence[Duty]] = {}
    for action, duties in here.items():
        if action in apart or not _is_kept(action, duties, ceiling):
            continue
        needed = _resources(duties)
        same = (arns for arns in confined if set(needed) <= set(arns))
        if place := next((arns for arns in same if _are_within(arns, ceiling)), None):
            confined[place].add(action)
        else:
            rest[action] = duties
    needed = _resources(duty for duties in rest.values() for duty in duties)
    patterns, arns = shortest(rest, allowed), _covering(needed, ceiling)
    statements = [_deny(patterns, arns, sid="NotElsewhere")] if patterns else []
    if apart:
        conditions = {"StringNotLike": {_OBJECT: list(ceiling.decrypted_arns)}}
        needed = _resources(here[_DECRYPTING])
        keys = [each for each in ceiling.key_arns if each in needed]
        statements.append(_deny(sorted(apart), keys, conditions, sid="NoOtherKeys"))
    statements += [_deny(shortest(actions, allowed), arns) for arns, actions in confined.items()]
    return statements


def _is_kept(action: str, duties: Sequence[Duty], ceiling: Ceiling) -> bool:
    elsewhere = any(duty.accounts and action in duty.actions for duty in ceiling.duties)
    return not (elsewhere or _lends(duties)) and _are_within(_resources(duties), ceiling)


def _are_within(arns: Iterable[str], ceiling: Ceiling) -> bool:
    return all(_is_within(arn, ceiling.environment_arns) for arn in arns)


def _covering(arns: Sequence[str], ceiling: Ceiling) -> list[str]:
    """Return those of the environment's patterns that cover any of these resources."""
    patterns = ceiling.environment_arns
    return [each for each in patterns if any(_is_within(arn, [each]) for arn in arns)]


def _conditioned(here: Mapping[str, Sequence[Duty]]) -> list[iam.PolicyStatement]:
    """Keep actions that lend rights to the conditions that their duties have in common."""
    by_condition: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for action, duties in here.items():
        for key, values in duties[0].conditions.items() if _lends(duties) else ():
            if values and all(each.conditions.get(key) == values for each in duties):
                by_condition.setdefault((key, values), set()).add(action)
    return [
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=sorted(actions),
            resources=["*"],
            conditions=_conditions("StringNotLike", {key: values}),
        )
        for (key, values), actions in by_condition.items()
    ]


def _lends(duties: Iterable[Duty]) -> bool:
    return any(each.lends for each in duties)


def _of_others(ceiling: Ceiling) -> list[iam.PolicyStatement]:
    """Allow duties in other accounts: by ARN, or by account where the ARN is a pattern.

    Each pattern would be a finding of the rule packs; the role's own policy has it.
    """
    statements = []
    for duty in ceiling.duties:
        if duty.accounts and any("*" in arn for arn in duty.resources):
            conditions = duty.matching
            equal = {**conditions.get("StringEquals", {}), "aws:ResourceAccount": duty.accounts}
            conditions["StringEquals"] = {key: list(values) for key, values in equal.items()}
            statements.append(_allow(sorted(duty.actions), ["*"], conditions))
        elif duty.accounts:
            statements.append(_allow(sorted(duty.actions), duty.resources, duty.matching))
    return statements


def _for_some(
    here: Mapping[str, Sequence[Duty]], ours: Mapping[str, Mapping[str, str]]
) -> list[iam.PolicyStatement]:
    """Allow actions that only some of the roles below the boundary have."""
    by_roles: dict[tuple[str, ...], list[str]] = {}
    for action, duties in here.items():
        if all(each.principals for each in duties):
            roles = dict.fromkeys(arn for each in duties for arn in each.principals)
            by_roles.setdefault(tuple(roles), []).append(action)
    return [
        _allow(sorted(actions), ["*"], {**ours, "ArnEquals": {"aws:PrincipalArn": list(arns)}})
        for arns, actions in by_roles.items()
    ]


def shortest(actions: Iterable[str], allowed: Iterable[str]) -> list[str]:
    """Write a Deny in few characters: whole words, and no action that is allowed beside these.

    What a pattern meets beyond these actions is not allowed anyway.
    """
    wanted = set(actions)
    others = set(allowed) - wanted
    found = set()
    for action in wanted:
        service, _, name = action.partition(":")
        words = re.findall(r"[A-Z]+[a-z0-9]*", name)
        starts = (f"{service}:{''.join(words[:count])}" for count in range(len(words)))
        free = (each for each in starts if not any(other.startswith(each) for other in others))
        start = next(free, None)
        found.add(action if start is None else f"{start}*")
    starts_found = tuple(each[:-1] for each in found if each.endswith("*"))
    return sorted(
        each
        for each in found
        if not any(each != f"{start}*" and each.startswith(start) for start in starts_found)
    )


def _is_within(arn: str, patterns: Iterable[str]) -> bool:
    """Return whether one pattern covers all of another, whose ``*`` only a ``*`` matches."""
    return any(
        re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), arn) for pattern in patterns
    )


def _resources(duties: Iterable[Duty]) -> list[str]:
    return list(dict.fromkeys(arn for each in duties for arn in each.resources))


def _conditions(
    operator: str, keys: Mapping[str, tuple[str, ...]]
) -> dict[str, dict[str, list[str]]]:
    """Compare with patterns only where there are any."""
    found: dict[str, dict[str, list[str]]] = {}
    for key, values in keys.items():
        patterns = any(character in value for value in values for character in "*?")
        chosen = operator if patterns else operator.replace("Like", "Equals")
        found.setdefault(chosen, {})[key] = list(values)
    return found


def _allow(
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: Mapping[str, object] | None = None,
    *,
    sid: str | None = None,
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid, actions=list(actions), resources=list(resources), conditions=conditions
    )


def _deny(
    actions: Sequence[str],
    elsewhere_than: Sequence[str],
    conditions: Mapping[str, object] | None = None,
    *,
    sid: str | None = None,
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        effect=iam.Effect.DENY,
        actions=list(actions),
        not_resources=list(elsewhere_than),
        conditions=conditions,
    )


def _refusal(sid: str, actions: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid, effect=iam.Effect.DENY, actions=actions.split(), resources=["*"]
    )
