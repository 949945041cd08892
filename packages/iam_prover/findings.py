"""Misleading forms in a policy, which the prover reads as documented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iam_prover.keys import Arity, arity
from iam_prover.operators import Family, Quantifier
from iam_prover.policy import Effect, Policy, PolicyKind, Statement
from iam_prover.principals import NameKind
from iam_prover.templates import Variable, split_arn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.policy import Condition

_ACCOUNT_COMPONENTS = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One form that misleads: its effect, and what to write instead."""

    code: str
    where: str
    message: str


def findings(policy: Policy) -> tuple[Finding, ...]:
    """List the misleading forms of a policy.

    Examples
    --------
    >>> from iam_prover import PolicyKind, parse_policy
    >>> exact = {"StringEquals": {"aws:SourceVpc": "vpc-*"}}
    >>> document = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": exact}
    >>> policy = parse_policy({"Statement": document}, PolicyKind.IDENTITY, "reader.json")
    >>> [each.code for each in findings(policy)]
    ['literal-wildcard']
    """
    return tuple(
        Finding(code, statement.where, message)
        for statement in policy.statements
        for code, message in (
            *_of_principals(statement, policy.kind),
            *_of_resources(statement),
            *(each for condition in statement.conditions for each in _of(condition)),
            *_vacuous(statement),
        )
    )


def _of_principals(statement: Statement, kind: PolicyKind) -> Iterator[tuple[str, str]]:
    if not kind.has_principals:
        return
    if statement.principals is None:
        yield "no-principal", "without a Principal the statement never matches"
        return
    if statement.principals.inverted:
        yield (
            "not-principal",
            (
                "NotPrincipal denies everyone with a permissions boundary, listed or not; write "
                "Principal '*' with ArnNotEquals on aws:PrincipalArn"
            ),
        )
    named = {name.kind for name in statement.principals.names}
    if kind is PolicyKind.ENDPOINT and NameKind.ACCOUNT in named:
        yield (
            "account-in-endpoint-policy",
            (
                "a gateway endpoint takes an account as its root only; write Principal '*' with "
                "aws:PrincipalAccount"
            ),
        )


def _of_resources(statement: Statement) -> Iterator[tuple[str, str]]:
    for resource in statement.resources.patterns if statement.resources else ():
        components = split_arn(resource) or ()
        early = (part for each in components[:_ACCOUNT_COMPONENTS] for part in each)
        if any(isinstance(part, Variable) for part in early):
            yield (
                "early-variable",
                f"{resource.text!r}: IAM takes policy variables after the fifth colon only",
            )


def _of(condition: Condition) -> Iterator[tuple[str, str]]:
    operator = condition.operator
    if operator.family is Family.NULL:
        return
    if operator.quantifier is None and arity(condition.key) is Arity.MANY:
        yield (
            "plain-operator-on-many-values",
            (
                f"{condition}: matches nothing on a multi-valued key; write ForAnyValue: or "
                "ForAllValues:"
            ),
        )
    if operator.quantifier is Quantifier.ANY and operator.if_exists:
        yield (
            "any-value-if-exists",
            (
                f"{condition}: IAM leaves open what this means for a missing key; add a statement "
                "with Null"
            ),
        )
    exact = operator.family in {Family.STRING, Family.STRING_IGNORING_CASE}
    if exact and any("*" in str(value.literal) for value in condition.values):
        yield "literal-wildcard", f"{condition}: '*' is itself here; write StringLike"


def _vacuous(statement: Statement) -> Iterator[tuple[str, str]]:
    if statement.effect is not Effect.ALLOW:
        return
    tested = {
        condition.key.lower()
        for condition in statement.conditions
        if condition.operator.family is Family.NULL
        and any(value.text.lower() == "false" for value in condition.values)
    }
    for condition in statement.conditions:
        every = condition.operator.quantifier is Quantifier.ALL
        if every and condition.key.lower() not in tested:
            yield (
                "vacuous-for-all-values",
                f"{condition}: also holds when the key is missing; add Null 'false'",
            )
