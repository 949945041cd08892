"""EventBridge event patterns.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html:
names and values compare exactly and with case; the fields of a pattern are ANDed, the entries of
a list ORed; a list in the event matches if one of its items does.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from operator import eq, ge, gt, le, lt
from typing import Any

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": eq,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
_PAIRS = 2


class PatternError(ValueError):
    """A pattern that EventBridge would refuse."""


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Return whether an event matches a pattern; raise PatternError if it is none."""
    check_pattern(pattern)
    return _fields_match(pattern, event)


def check_pattern(pattern: Mapping[str, Any]) -> None:
    """Raise PatternError with the field and the reason if it is no pattern."""
    if not pattern:
        raise PatternError("an event pattern names at least one field")
    for name, wanted in pattern.items():
        if name == "$or":
            if not isinstance(wanted, list) or len(wanted) < _PAIRS:
                raise PatternError("$or needs a list of at least two patterns")
            for alternative in wanted:
                check_pattern(alternative)
        elif isinstance(wanted, Mapping):
            check_pattern(wanted)
        elif isinstance(wanted, list) and wanted:
            for entry in wanted:
                if isinstance(entry, Mapping):
                    _check_operator(name, entry)
        else:
            raise PatternError(f"{name}: a list of values or a nested pattern is needed")


def _check_operator(name: str, entry: Mapping[str, Any]) -> None:
    if len(entry) != 1:
        raise PatternError(f"{name}: one operator an entry")
    operator, operand = next(iter(entry.items()))
    if operator not in _OPERATORS:
        raise PatternError(f"{name}: unknown operator {operator!r}")
    if operator == "exists" and not isinstance(operand, bool):
        raise PatternError(f"{name}: exists needs true or false")
    if operator == "cidr":
        try:
            ipaddress.ip_network(operand)
        except ValueError as error:
            raise PatternError(f"{name}: {error}") from error
    if operator == "numeric":
        sound = isinstance(operand, list) and len(operand) in {_PAIRS, 2 * _PAIRS}
        if not sound or any(sign not in _COMPARISONS for sign in operand[::2]):
            raise PatternError(f"{name}: numeric needs one or two pairs of comparison and number")
        if any(isinstance(n, bool) or not isinstance(n, int | float) for n in operand[1::2]):
            raise PatternError(f"{name}: numeric compares with numbers")


def _fields_match(pattern: Mapping[str, Any], event: object) -> bool:
    if not isinstance(event, Mapping):
        # A nested pattern matches a list if one of its items matches; a missing field matches
        # only what asks for its absence.
        if isinstance(event, list) and event:
            return any(_fields_match(pattern, item) for item in event)
        event = {}
    for name, wanted in pattern.items():
        if name == "$or":
            if not any(_fields_match(alternative, event) for alternative in wanted):
                return False
        elif isinstance(wanted, Mapping):
            if not _fields_match(wanted, event.get(name)):
                return False
        elif not _list_matches(wanted, name in event, event.get(name)):
            return False
    return True


def _list_matches(wanted: list[Any], present: bool, value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    for entry in wanted:
        if isinstance(entry, Mapping) and "exists" in entry:
            # Only leaf fields exist: an object is not a value.
            if entry["exists"] == (present and not isinstance(value, Mapping)):
                return True
        elif present and any(_entry_matches(entry, item) for item in values):
            return True
    return False


def _entry_matches(entry: object, value: object) -> bool:
    if not isinstance(entry, Mapping):
        return _equal(entry, value)
    operator, operand = next(iter(entry.items()))
    return _OPERATORS[operator](operand, value)


def _equal(wanted: object, value: object) -> bool:
    # In Python, True == 1; in JSON, true is not 1.
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    return wanted == value


def _text_test(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def apply(operand: object, value: object) -> bool:
        if not isinstance(value, str):
            return False
        if isinstance(operand, Mapping):  # {"equals-ignore-case": "text"}
            operand, value = str(next(iter(operand.values()))).lower(), value.lower()
        return test(str(operand), value)

    return apply


def _wildcard(operand: str, value: str) -> bool:
    # A backslash makes a star or a backslash literal.
    pieces = re.findall(r"\\[*\\]|.", operand, flags=re.DOTALL)
    parts = (".*" if piece == "*" else re.escape(piece[-1]) for piece in pieces)
    return re.fullmatch("".join(parts), value, flags=re.DOTALL) is not None


def _numeric(operand: list[Any], value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    pairs = zip(operand[::2], operand[1::2], strict=True)
    return all(_COMPARISONS[sign](value, number) for sign, number in pairs)


def _anything_but(operand: object, value: object) -> bool:
    entries = operand if isinstance(operand, list) else [operand]
    for entry in entries:
        if isinstance(entry, Mapping):
            # The nested operator may itself take a list, any of which excludes.
            operator, nested = next(iter(entry.items()))
            if operator not in _OPERATORS:
                raise PatternError(f"anything-but: unknown operator {operator!r}")
            choices = nested if isinstance(nested, list) else [nested]
            if any(_OPERATORS[operator](choice, value) for choice in choices):
                return False
        elif _equal(entry, value):
            return False
    return True


def _cidr(operand: str, value: object) -> bool:
    try:
        return ipaddress.ip_address(str(value)) in ipaddress.ip_network(operand)
    except ValueError:
        return False


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "prefix": _text_test(lambda operand, value: value.startswith(operand)),
    "suffix": _text_test(lambda operand, value: value.endswith(operand)),
    "equals-ignore-case": _text_test(lambda operand, value: value.lower() == operand.lower()),
    "wildcard": _text_test(_wildcard),
    "numeric": _numeric,
    "anything-but": _anything_but,
    "cidr": _cidr,
    "exists": lambda _operand, _value: False,  # needs presence, so `_list_matches` answers it
}
