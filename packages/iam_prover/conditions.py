"""The plain evaluator, first half: conditions of a statement.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" (missing keys, `IfExists`,
`Null`, ARN matching), "Set operators for multi-valued context keys" and "IAM policy elements:
Variables and tags". It shares no code with the z3 encoding but the parsed policies.

Where AWS leaves the result open, it is `in_doubt`: True for an Allow and False for a Deny, so that
the model never permits less than AWS may. `iam_prover.findings` reports these forms.
"""

from __future__ import annotations

import fnmatch
import glob
import re
from functools import cache
from typing import TYPE_CHECKING

from iam_prover.errors import PolicyError
from iam_prover.keys import Arity, arity
from iam_prover.operators import Comparison, Family, Quantifier
from iam_prover.ordered import parse_range
from iam_prover.templates import Template, Variable, Wildcard, split_arn

if TYPE_CHECKING:
    from iam_prover.policy import Condition
    from iam_prover.request import Request

_Parts = tuple[str | Wildcard | Variable, ...]


def holds(condition: Condition, request: Request, *, in_doubt: bool) -> bool:
    """Check whether a condition holds; `in_doubt` where AWS leaves it open."""
    operator = condition.operator
    values = request.values(condition.key)
    if operator.family is Family.NULL:
        wanted = {template.text.lower() for template in condition.values}
        return ("false" if values else "true") in wanted
    if not values:
        return _holds_without_key(condition, in_doubt=in_doubt)
    matched = (_matches(condition, value, request, in_doubt=in_doubt) for value in values)
    if operator.quantifier is Quantifier.ALL:
        return all(matched)
    if operator.quantifier is Quantifier.ANY:
        return any(matched)
    # Without a set operator nothing matches a multi-valued key, not even the negated form.
    many = arity(condition.key) is Arity.MANY or len(values) > 1
    return not many and any(matched)


def _holds_without_key(condition: Condition, *, in_doubt: bool) -> bool:
    operator = condition.operator
    if operator.quantifier is Quantifier.ALL:
        return True
    if operator.quantifier is Quantifier.ANY:
        return operator.if_exists and in_doubt
    if operator.if_exists or not operator.negated:
        return operator.if_exists
    return in_doubt if arity(condition.key) is Arity.MANY else True


def _matches(condition: Condition, value: str, request: Request, *, in_doubt: bool) -> bool:
    matched = [_matches_one(condition, value, template, request) for template in condition.values]
    if not condition.operator.negated:
        return any(matched)
    if any(each is None for each in matched):
        return in_doubt
    return not any(matched)


def _matches_one(
    condition: Condition, value: str, template: Template, request: Request
) -> bool | None:
    """Compare one value with one value; None when a policy variable has no value."""
    family = condition.operator.family
    if family.is_ordered:
        return _compares(family, condition.operator.comparison, value, template.text)
    if family is Family.BOOL:
        return value.lower() == template.text.lower()
    if family is Family.BINARY:
        return value == template.text
    parts = resolve(template.parts, request)
    if parts is None:
        return None
    if family is Family.ARN:
        return _arn_matches(template, parts, value)
    flags = re.IGNORECASE | re.ASCII if family is Family.STRING_IGNORING_CASE else 0
    return pattern(parts, flags).fullmatch(value) is not None


def _compares(family: Family, comparison: Comparison, value: str, bound: str) -> bool:
    try:
        first, last = parse_range(family, value)
    except PolicyError:
        return False  # A value of another type matches nothing.
    low, high = parse_range(family, bound)
    if comparison is Comparison.EQUAL:
        return low <= first and last <= high
    return bool(comparison.relation(first, low))


def _arn_matches(template: Template, parts: _Parts, value: str) -> bool:
    """Match each of an ARN's six parts on its own; only the last may hold colons."""
    components = value.split(":", maxsplit=5)
    if len(components) < 6:  # noqa: PLR2004 - arn:partition:service:region:account:resource
        return False
    if template.parts == (Wildcard.MANY,):
        return True
    patterns = split_arn(Template("", parts))
    return patterns is not None and all(
        pattern(each).fullmatch(component) is not None
        for each, component in zip(patterns, components, strict=True)
    )


def resolve(parts: _Parts, request: Request) -> _Parts | None:
    """Replace policy variables by values; None where one has no single value and no default."""
    if Variable not in map(type, parts):
        return parts
    resolved: list[str | Wildcard | Variable] = []
    for part in parts:
        if not isinstance(part, Variable):
            resolved.append(part)
            continue
        values = request.values(part.key)
        single = len(values) == 1 and arity(part.key) is not Arity.MANY
        text = values[0] if single else part.default
        if text is None:
            return None
        resolved.append(text)
    return tuple(resolved)


@cache
def pattern(parts: _Parts, flags: int = 0) -> re.Pattern[str]:
    """Compile literals and wildcards to a regular expression.

    That of `fnmatch` tries one place for what follows a wildcard, and not all places again.
    """
    text = (part.value if isinstance(part, Wildcard) else glob.escape(str(part)) for part in parts)
    return re.compile(fnmatch.translate("".join(text)), flags)
