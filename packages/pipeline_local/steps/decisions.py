"""Condition and Fail steps.

Source: the pipeline definition schema 2020-12-01, "Condition types".
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_local.jobs.work import StepFailed
from pipeline_schema.expressions import is_expression, is_plain
from pipeline_schema.known_fields import unknown_fields
from pipeline_schema.property_paths import show_path
from pipeline_schema.value_kinds import kind_in
from pipeline_schema.values import as_list, kind_of, with_article
from pipeline_schema.walking import values_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Definition, Step
    from pipeline_schema.values import JsonObject

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
_COMPARED = ({"String"}, {"Integer", "Float"})
_EXPRESSION = "Expression"  # of a Not, as the SDK's `ConditionNot` spells it
_MEMBERSHIP = ("Value", "In")  # of an In, as AWS's published JSON schema spells it
_LISTS = ("Values", "In")
_OTHERS = {"Not": ((_EXPRESSION,),), "In": (_MEMBERSHIP,), "NotIn": (_MEMBERSHIP,)}
# Condition type -> the fields it needs.
CONDITION_FIELDS: dict[str, tuple[str, ...]] = {
    "Equals": ("LeftValue", "RightValue"),
    "NotEquals": ("LeftValue", "RightValue"),
    **dict.fromkeys(_ORDER, ("LeftValue", "RightValue")),
    "In": ("QueryValue", "Values"),
    "NotIn": ("QueryValue", "Values"),
    "And": ("Conditions",),
    "Or": ("Conditions",),
    "Not": ("Condition",),
}


def problems_of_condition(step: Step) -> Iterator[str]:
    """Validate a Condition step."""
    yield from unknown_fields("a Condition step's arguments", step.arguments, "Arguments")
    conditions = step.arguments.get("Conditions")
    if not isinstance(conditions, list) or not conditions:
        yield "Arguments.Conditions: is missing or empty"
        return
    for index, condition in enumerate(conditions):
        yield from condition_problems(condition, f"Arguments.Conditions[{index}]")


def problems_among(definition: Definition, step: Step) -> Iterator[str]:
    """Name the two sides that no order compares, by the types that the definition tells."""
    for where, each in values_in(step.arguments["Conditions"], whole=is_expression):
        if isinstance(each, dict) and each.get("Type") in list(_ORDER):
            sides = [each["LeftValue"], each["RightValue"]]
            kinds = [kind_in(definition, side) for side in sides]
            if None not in kinds and not any(set(kinds) <= group for group in _COMPARED):
                place = f"Arguments.Conditions{show_path(where)}"
                yield f"{place}: {each['Type']} cannot compare {' with '.join(map(str, kinds))}"


def decide(work: Work) -> JsonObject:
    """Evaluate a Condition step: all of its conditions must hold."""
    conditions = work.arguments["Conditions"]
    outcome = all(holds(condition) for condition in conditions)
    work.log.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{describe(condition)}: {holds(condition)}" for condition in conditions]
    work.log.write_text("\n".join([*lines, f"outcome: {outcome}", ""]))
    return {"Outcome": str(outcome), "Conditions": lines}


def outcome_of(properties: JsonObject) -> bool:
    """Return the outcome from the properties of a Condition step."""
    return bool(properties["Outcome"] == "True")


def problems_of_fail(step: Step) -> Iterator[str]:
    """Validate a Fail step."""
    yield from unknown_fields("a Fail step's arguments", step.arguments, "Arguments")
    message = step.arguments.get("ErrorMessage", "")
    if message is not None and not isinstance(message, str) and not is_expression(message):
        yield f"Arguments.ErrorMessage: is {with_article(message)}, not a String"


def fail(work: Work) -> JsonObject:
    """Fail the run with the step's message as the reason."""
    message = work.arguments.get("ErrorMessage")
    raise StepFailed("the step gives no ErrorMessage" if message is None else str(message))


def condition_problems(condition: object, where: str) -> Iterator[str]:
    """Validate the form of a condition and those nested in it."""
    if not isinstance(condition, dict):
        yield f"{where}: is {with_article(condition)}, not a condition"
        return
    kind = condition.get("Type")
    if not isinstance(kind, str) or kind not in CONDITION_FIELDS:
        yield f"{where}: the condition type {kind!r} is not known"
        return
    needed = next(
        (fields for fields in _OTHERS.get(kind, ()) if condition.keys() & {*fields}),
        CONDITION_FIELDS[kind],
    )
    unknown = sorted(condition.keys() - {"Type", *needed})
    yield from (f"{where}.{each}: is not a field of the condition {kind}" for each in unknown)
    if kind in _ORDER and condition.keys() >= set(needed):
        yield from _order_problems(condition, where)
    for field in needed:
        if field not in condition:
            yield f"{where}: {kind} lacks {field}"
        else:
            yield from _field_problems(field, condition[field], f"{where}.{field}")


def _field_problems(field: str, value: Any, where: str) -> Iterator[str]:
    """Validate a field of a condition by its name."""
    if field in ("Condition", _EXPRESSION):
        yield from condition_problems(value, where)
    elif field in ("Conditions", *_LISTS):
        if not isinstance(value, list):
            yield f"{where}: is {with_article(value)}, not a list"
        for index, inner in enumerate(as_list(value)):
            place = f"{where}[{index}]"
            if field == "Conditions":
                yield from condition_problems(inner, place)
            elif not is_plain(inner):
                yield f"{place}: is {with_article(inner)}, not a single value"
    elif not is_plain(value):
        yield f"{where}: is {with_article(value)}, not a single value"


def _order_problems(condition: dict[str, Any], where: str) -> Iterator[str]:
    """Name literals that no order compares, whatever a run puts beside them."""
    sides = [condition["LeftValue"], condition["RightValue"]]
    literal = [side for side in sides if not is_expression(side)]
    try:
        # One alone is compared with itself: its kind decides.
        _compare(condition["Type"], *(literal if len(literal) > 1 else 2 * (literal or [0])))
    except MlopsError as error:
        yield f"{where}: {error}"


def holds(condition: dict[str, Any]) -> bool:
    """Evaluate a condition whose values are already computed."""
    kind = condition["Type"]
    if kind in ("NotEquals", "NotIn"):
        return not holds({**condition, "Type": kind.removeprefix("Not")})
    if kind in _ORDER:
        return _compare(kind, condition["LeftValue"], condition["RightValue"])
    if kind == "Equals":
        return _same(condition["LeftValue"], condition["RightValue"])
    if kind == "In":
        asked, values = _membership(condition)
        return any(_same(asked, value) for value in values)
    if kind == "Not":
        return not holds(_negated(condition))
    combine = all if kind == "And" else any
    return combine(holds(inner) for inner in condition["Conditions"])


def describe(condition: dict[str, Any]) -> str:
    """Format a condition with its values, for logs and reports."""
    kind = condition["Type"]
    if kind in ("In", "NotIn"):
        asked, values = _membership(condition)
        return f"{asked!r} {kind} {values!r}"
    if kind == "Not":
        return f"Not ({describe(_negated(condition))})"
    if kind in ("And", "Or"):
        return f" {kind} ".join(f"({describe(inner)})" for inner in condition["Conditions"])
    return f"{condition['LeftValue']!r} {kind} {condition['RightValue']!r}"


def _membership(condition: dict[str, Any]) -> tuple[Any, list[Any]]:
    """Return what is looked for, and where, of an In however it is spelt."""
    value, values = CONDITION_FIELDS["In"] if "Values" in condition else _MEMBERSHIP
    return condition[value], condition[values]


def _negated(condition: dict[str, Any]) -> dict[str, Any]:
    inner: dict[str, Any] = condition[_EXPRESSION if _EXPRESSION in condition else "Condition"]
    return inner


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _same(left: object, right: object) -> bool:
    """Compare numbers by value, everything else by type and value: 1 is neither true nor "1"."""
    if _is_number(left) and _is_number(right):
        return left == right
    return type(left) is type(right) and left == right


def _compare(kind: str, left: object, right: object) -> bool:
    numbers = _is_number(left) and _is_number(right)
    if not numbers and not (isinstance(left, str) and isinstance(right, str)):
        raise MlopsError(
            f"{kind} cannot compare {left!r} ({kind_of(left)}) with {right!r} ({kind_of(right)})"
        )
    return _ORDER[kind](left, right)
