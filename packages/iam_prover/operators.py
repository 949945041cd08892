"""IAM's condition operators.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for
multi-valued context keys".
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

from iam_prover.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Callable


class Family(Enum):
    """Comparison of one value of a request with one value of a policy."""

    STRING = "String"
    STRING_IGNORING_CASE = "StringIgnoreCase"
    STRING_LIKE = "StringLike"
    ARN = "Arn"
    BOOL = "Bool"
    BINARY = "Binary"
    NUMERIC = "Numeric"
    DATE = "Date"
    IP_ADDRESS = "IpAddress"
    NULL = "Null"

    @property
    def is_ordered(self) -> bool:
        """True where values are numbers, dates or addresses, and not text."""
        return self in _ORDERED

    @property
    def has_wildcards(self) -> bool:
        """True where `*` and `?` in a policy's value are wildcards."""
        return self in {Family.STRING_LIKE, Family.ARN}

    @property
    def has_variables(self) -> bool:
        """True where `${...}` in a policy's value is a policy variable."""
        return self in {
            Family.STRING,
            Family.STRING_IGNORING_CASE,
            Family.STRING_LIKE,
            Family.ARN,
        }


_ORDERED = (Family.NUMERIC, Family.DATE, Family.IP_ADDRESS)  # a set asks each for its hash


class Comparison(Enum):
    """The relation that an operator of an ordered family asks for."""

    EQUAL = "="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="

    @property
    def relation(self) -> Callable[[Any, Any], Any]:
        """The function of two values, or of two z3 terms."""
        return _RELATIONS[self]


_RELATIONS = {
    Comparison.EQUAL: operator.eq,
    Comparison.LESS: operator.lt,
    Comparison.LESS_OR_EQUAL: operator.le,
    Comparison.GREATER: operator.gt,
    Comparison.GREATER_OR_EQUAL: operator.ge,
}


class Quantifier(Enum):
    """Combination of the values of a multi-valued key."""

    ALL = "ForAllValues"
    ANY = "ForAnyValue"


@dataclass(frozen=True, slots=True)
class Operator:
    """A parsed condition operator; `comparison` is `EQUAL` outside the ordered families."""

    name: str
    family: Family
    comparison: Comparison = Comparison.EQUAL
    negated: bool = False
    quantifier: Quantifier | None = None
    if_exists: bool = False


_ORDERED_ENDINGS = {
    "Equals": (Comparison.EQUAL, False),
    "NotEquals": (Comparison.EQUAL, True),
    "LessThan": (Comparison.LESS, False),
    "LessThanEquals": (Comparison.LESS_OR_EQUAL, False),
    "GreaterThan": (Comparison.GREATER, False),
    "GreaterThanEquals": (Comparison.GREATER_OR_EQUAL, False),
}

_BASES: dict[str, tuple[Family, Comparison, bool]] = {
    "StringEquals": (Family.STRING, Comparison.EQUAL, False),
    "StringNotEquals": (Family.STRING, Comparison.EQUAL, True),
    "StringEqualsIgnoreCase": (Family.STRING_IGNORING_CASE, Comparison.EQUAL, False),
    "StringNotEqualsIgnoreCase": (Family.STRING_IGNORING_CASE, Comparison.EQUAL, True),
    "StringLike": (Family.STRING_LIKE, Comparison.EQUAL, False),
    "StringNotLike": (Family.STRING_LIKE, Comparison.EQUAL, True),
    # ArnEquals and ArnLike behave identically, and so do their negations.
    "ArnEquals": (Family.ARN, Comparison.EQUAL, False),
    "ArnLike": (Family.ARN, Comparison.EQUAL, False),
    "ArnNotEquals": (Family.ARN, Comparison.EQUAL, True),
    "ArnNotLike": (Family.ARN, Comparison.EQUAL, True),
    "Bool": (Family.BOOL, Comparison.EQUAL, False),
    "BinaryEquals": (Family.BINARY, Comparison.EQUAL, False),
    "IpAddress": (Family.IP_ADDRESS, Comparison.EQUAL, False),
    "NotIpAddress": (Family.IP_ADDRESS, Comparison.EQUAL, True),
    "Null": (Family.NULL, Comparison.EQUAL, False),
    **{f"Numeric{end}": (Family.NUMERIC, *rest) for end, rest in _ORDERED_ENDINGS.items()},
    **{f"Date{end}": (Family.DATE, *rest) for end, rest in _ORDERED_ENDINGS.items()},
}


@cache
def parse_operator(name: str) -> Operator:
    """Parse an operator such as ``ForAnyValue:StringNotEquals`` or ``BoolIfExists``."""
    prefix, colon, rest = name.rpartition(":")
    if_exists = rest.endswith("IfExists")
    base = rest.removesuffix("IfExists")
    quantifier = next((each for each in Quantifier if each.value == prefix), None)
    if base not in _BASES or (colon and quantifier is None):
        raise PolicyError(f"unknown condition operator {name!r}")
    family, comparison, negated = _BASES[base]
    if family is Family.NULL and (quantifier or if_exists):
        raise PolicyError(f"{name!r}: 'Null' takes neither a set operator nor 'IfExists'")
    return Operator(name, family, comparison, negated, quantifier, if_exists)
