"""The expressions of a Search, evaluated over descriptions.

Source: SageMaker API Reference, `SearchExpression` and `Filter`: all filters hold, or one of them;
values are text, numbers and times are compared as such, `In` takes a list with commas.
"""

from __future__ import annotations

import operator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.pipeline_requests import invalid, moment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
_TAGS = "Tags"


def holds(expression: dict[str, Any], found: dict[str, Any], members: Iterable[str]) -> bool:
    """Return whether a description is one that an expression asks for."""
    if expression.get("NestedFilters"):
        raise invalid("SearchExpression.NestedFilters: the local AWS cannot do this; use Filters")
    verdicts = [_filter_holds(each, found, members) for each in expression.get("Filters") or ()]
    inner = expression.get("SubExpressions") or ()
    verdicts += [holds(each, found, members) for each in inner]
    return any(verdicts) if expression.get("Operator") == "Or" and verdicts else all(verdicts)


def value_at(found: Any, name: str, members: Iterable[str]) -> Any:
    """Return the property of a name such as `Tags.team`; None where there is none."""
    first, _, rest = name.partition(".")
    if first not in members:
        raise invalid(f"Unknown property name: {name}")
    if first == _TAGS:
        return next((t["Value"] for t in found.get(_TAGS) or () if t["Key"] == rest), None)
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _filter_holds(asked: dict[str, Any], found: dict[str, Any], members: Iterable[str]) -> bool:
    value, wanted = value_at(found, asked["Name"], members), asked.get("Value")
    kind = asked.get("Operator") or "Equals"
    if kind in ("Exists", "NotExists"):
        return (value is not None) == (kind == "Exists")
    if wanted is None:
        raise invalid(f"SearchExpression: {asked['Name']}: {kind} needs a Value")
    if value is None:
        return kind == "NotEquals"
    if kind == "Contains":
        return wanted.lower() in str(value).lower()
    if kind == "In":
        return any(_same(value, each.strip()) for each in wanted.split(","))
    if kind in _ORDER:
        return _ORDER[kind](*_comparable(asked["Name"], value, wanted))
    return _same(value, wanted) == (kind == "Equals")


def _same(value: Any, wanted: str) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | datetime):
        return str(value).lower() == wanted.lower()
    try:
        one, other = _comparable("", value, wanted)
    except ValueError:
        return False
    return bool(one == other)


def _comparable(name: str, value: Any, wanted: str) -> tuple[Any, Any]:
    try:
        if isinstance(value, datetime):
            return moment_of(value), moment_of(wanted)
        return float(value), float(wanted)
    except (TypeError, ValueError):
        if not name:
            raise ValueError from None
        raise invalid(f"SearchExpression: {name}: {wanted!r} cannot be compared") from None
