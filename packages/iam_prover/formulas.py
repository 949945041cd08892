"""Formulas over requests, in the words of IAM's own operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from iam_prover import parsing
from iam_prover.conditions import holds, pattern
from iam_prover.errors import PolicyError
from iam_prover.keys import Arity, arity
from iam_prover.operators import Family, Quantifier
from iam_prover.policy import Condition
from iam_prover.templates import Template, parse_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from iam_prover.request import Request


@dataclass(frozen=True, slots=True)
class ResourceLike:
    """The resource matches one of these patterns."""

    patterns: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The formula does not hold."""

    formula: Formula


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every formula holds; true without any."""

    formulas: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one formula holds; false without any."""

    formulas: tuple[Formula, ...]


Formula: TypeAlias = Condition | ResourceLike | Not | AllOf | AnyOf


def key(
    operator: str,
    name: str,
    *values: str,
    variables: bool = False,
    is_open: Callable[[str], bool] = parsing.never,
) -> Condition:
    """Compare a context key, in the words of IAM's own operators.

    Parameters
    ----------
    variables : bool
        Whether ``${...}`` in a value stands for what the request has for that key.
    is_open : callable, optional
        As of `parse_policy`.

    Examples
    --------
    >>> str(key("StringEquals", "aws:SourceVpc", "vpc-1", "vpc-2"))
    "StringEquals aws:SourceVpc ['vpc-1', 'vpc-2']"
    """
    found = parsing.condition(operator, name, *values, variables=variables, is_open=is_open)
    parsed = found.operator
    if parsed.family is Family.NULL:
        return found
    if parsed.quantifier is None and arity(name) is Arity.MANY:
        raise PolicyError(f"{operator} {name}: say ForAnyValue: or ForAllValues:")
    if parsed.quantifier is Quantifier.ANY and parsed.if_exists:
        raise PolicyError(f"{operator} {name}: IAM leaves open what this means for a missing key")
    return found


def present(name: str) -> Condition:
    """Match requests that have a key.

    Examples
    --------
    >>> str(present("aws:SourceVpc"))
    "Null aws:SourceVpc ['false']"
    """
    return key("Null", name, "false")


def resource_like(*patterns: str) -> ResourceLike:
    """Match requests whose resource matches one of these patterns.

    Examples
    --------
    >>> from iam_prover import Request, service
    >>> logs = resource_like("arn:aws:s3:::logs/*")
    >>> fulfils(Request(service("s3.amazonaws.com"), "s3:GetObject", "arn:aws:s3:::logs/a"), logs)
    True
    """
    return ResourceLike(
        tuple(parse_template(each, wildcards=True, variables=False) for each in patterns)
    )


def fulfils(request: Request, formula: Formula) -> bool:
    """Check whether a formula holds for a request."""
    match formula:
        case Condition():
            return holds(formula, request, in_doubt=False)
        case ResourceLike(patterns):
            return any(pattern(each.parts).fullmatch(request.resource) for each in patterns)
        case Not(inner):
            return not fulfils(request, inner)
        case AllOf(formulas):
            return all(fulfils(request, each) for each in formulas)
        case AnyOf(formulas):
            return any(fulfils(request, each) for each in formulas)
