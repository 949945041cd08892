"""Cases of what parameters are, told apart only where a template tells them apart.

A parameter that nobody gave is an open symbol (`mlops_common.symbols`), or each of its few allowed
values. Where a condition compares a symbol, or a map has it as a key, the case is split in two or
more, and each is followed by itself: so a statement behind a condition is there and not there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from cloud_assembly.type_schemas import knows_region
from mlops_common.symbols import generated_in, open_in, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cloud_assembly.stack import Stack

Found = TypeVar("Found")
MOST_CASES = 32
_FEW = 8  # so many allowed values are each a case; of more, the value is a symbol
# What a template alone does not name, and a condition may ask for.
_PLACES = {"AWS::Region": "region", "AWS::AccountId": "account"}
_ACCOUNT = re.compile(r"\d{12}")
_NUMBER = "Number"


class Split(Exception):  # noqa: N818 - no error: the case has to be told apart first
    """A value of which several cases have to be followed."""

    def __init__(self, cases: Sequence[Case]) -> None:
        super().__init__("several cases")
        self.cases = cases


@dataclass(frozen=True)
class Case:
    """What is settled about parameters, by stack and name.

    With `defaults`, a parameter has its default. `seen` collects what was read, over all cases.
    """

    values: Mapping[tuple[str, str], str] = field(default_factory=dict)
    others: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    answers: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    defaults: bool = False
    each_value: bool = True
    seen: set[tuple[str, str]] = field(default_factory=set, compare=False)

    def parameter(self, stack: Stack, name: str) -> str:
        """Return the value of a parameter or place, or the symbol for it."""
        body, where = _body(stack, name), _where(stack, name)
        if where in self.values:
            return self.values[where]
        if not name.startswith("AWS::"):
            self.seen.add(where)
        if self.defaults and "Default" in body:
            return text_of(body["Default"])
        allowed = [text_of(each) for each in body.get("AllowedValues", ())]
        if allowed and not is_list(body) and self._each_of(allowed):
            raise Split([self._bound(where, each) for each in allowed if self._may_be(where, each)])
        return symbol_of(stack, name)

    def compare(self, stack: Stack, left: object, right: object) -> bool:
        """Return whether two values are equal, known or by this case."""
        if not unknown_in(left, right):
            return left == right
        if left == right:
            return True
        for one, other in ((left, right), (right, left)):
            name = _named(stack, one)
            if name and isinstance(other, str) and not unknown_in(other):
                if not self._may_be(_where(stack, name), other) or not permitted(
                    _body(stack, name), name, other
                ):
                    return False
                raise Split(self._with(stack, name, [other]))
        first, second = sorted(map(_written, (left, right)))
        if (first, second) in self.answers:
            return self.answers[first, second]
        raise Split(
            [replace(self, answers={**self.answers, (first, second): a}) for a in (True, False)]
        )

    def key_of(self, stack: Stack, value: object, keys: Sequence[str]) -> None:
        """Split into the cases in which a symbol is one of the keys of a map."""
        name = _named(stack, value)
        if name is None or len(keys) > _FEW:
            return
        body, where = _body(stack, name), _where(stack, name)
        possible = [
            each for each in keys if self._may_be(where, each) and permitted(body, name, each)
        ]
        raise Split([self._bound(where, each) for each in possible])

    def settled(self, stacks: Sequence[Stack]) -> list[Stack]:
        """Return the stacks in the account and region of this case."""
        places = {name: value for (_, name), value in self.values.items() if name in _PLACES}
        changes: Any = {_PLACES[name]: value for name, value in places.items()}
        return [replace(each, **changes) if each.alone else each for each in stacks]

    def __str__(self) -> str:
        """Say it in words."""
        parts = [f"{name}={value}" for (_, name), value in self.values.items()]
        parts += [
            f"{name} other than {', '.join(map(repr, values))}"
            for (stack, name), values in self.others.items()
            if (stack, name) not in self.values
        ]
        parts += [
            f"{first} {'equal' if yes else 'unequal'} to {second}"
            for (first, second), yes in self.answers.items()
        ]
        return "; ".join(["defaults"] * self.defaults + parts)

    def _each_of(self, allowed: Sequence[str]) -> bool:
        return self.each_value and len(allowed) <= _FEW

    def _may_be(self, where: tuple[str, str], value: str) -> bool:
        return value not in self.others.get(where, ())

    def _bound(self, where: tuple[str, str], value: str) -> Case:
        return replace(self, values={**self.values, where: value})

    def _with(self, stack: Stack, name: str, values: Sequence[str]) -> list[Case]:
        """Return the cases of these values, and that of all others."""
        where, body = _where(stack, name), _body(stack, name)
        out = (*self.others.get(where, ()), *values)
        found = [self._bound(where, each) for each in values]
        allowed = [text_of(each) for each in body.get("AllowedValues", ())]
        if not allowed or not set(allowed) <= set(out):
            found.append(replace(self, others={**self.others, where: out}))
        return found


def follow(
    stacks: Sequence[Stack], build: Callable[[Case], Found]
) -> tuple[list[tuple[Case, Found]], tuple[str, ...]]:
    """Build something in every case; the parameters' names where there are too many cases.

    The defaults are a case as well: what they break is broken, whatever hangs on open values.
    """
    for each_value in (True, False):
        start = Case(each_value=each_value)
        found = _followed(start, build)
        if found is not None:
            if any(map(_has_defaults, stacks)):
                found += _followed(replace(start, defaults=True), build) or []
            return found, ()
    names = tuple(sorted(f"{stack}/{name}" for stack, name in start.seen))
    first = next(_first(replace(start, defaults=True), build))
    return [first], names


def _has_defaults(stack: Stack) -> bool:
    return any(
        "Default" in _body(stack, name) and not is_of_ssm(_body(stack, name))
        for name in stack.template.get("Parameters", {})
        if name not in stack.parameters
    )


def _followed(start: Case, build: Callable[[Case], Found]) -> list[tuple[Case, Found]] | None:
    found, pending = [], [start]
    while pending:
        case = pending.pop()
        try:
            found.append((case, build(case)))
        except Split as split:
            pending += reversed(split.cases)
        if len(found) + len(pending) > MOST_CASES:
            return None
    return found


def _first(case: Case, build: Callable[[Case], Found]) -> Any:
    """Yield what is built in cases, one after another."""
    try:
        yield case, build(case)
    except Split as split:
        for each in split.cases:
            yield from _first(each, build)


def permitted(body: Mapping[str, Any], name: str, value: str) -> bool:
    """Return whether a template lets a parameter have a value."""
    if name == "AWS::Region":
        return not value.startswith(("cn-", "us-gov-")) and knows_region(value)
    if name == "AWS::AccountId":
        return _ACCOUNT.fullmatch(value) is not None
    allowed = [text_of(each) for each in body.get("AllowedValues", ())]
    if is_list(body) or is_of_ssm(body):
        return True
    if allowed and value not in allowed:
        return False
    if body.get("Type") == _NUMBER:
        return _is_number(body, value)
    least, most = int(body.get("MinLength", 0)), int(body.get("MaxLength", len(value)))
    return least <= len(value) <= most and _fits(str(body.get("AllowedPattern", "")), value)


def _is_number(body: Mapping[str, Any], value: str) -> bool:
    try:
        number = float(value)
    except ValueError:
        return False
    least, most = (float(body.get(key, number)) for key in ("MinValue", "MaxValue"))
    return least <= number <= most


def _fits(pattern: str, value: str) -> bool:
    try:
        return not pattern or re.fullmatch(pattern, value) is not None
    except re.error:
        return True  # a pattern of Java's that Python does not know forbids nothing here


def is_list(body: Mapping[str, Any]) -> bool:
    """Return whether a parameter is a list."""
    return "List" in str(body.get("Type", ""))


def is_of_ssm(body: Mapping[str, Any]) -> bool:
    """Return whether a parameter's default is the name of one that the account keeps."""
    return str(body.get("Type", "")).startswith("AWS::SSM::Parameter::Value<")


def text_of(value: object) -> str:
    """Return a scalar of a template as CloudFormation reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def unknown_in(*values: object) -> tuple[str, ...]:
    """List what only a deployment decides in values."""
    return (*open_in(list(values)), *generated_in(" ".join(map(_written, values))))


def _body(stack: Stack, name: str) -> Mapping[str, Any]:
    found = stack.template.get("Parameters", {}).get(name, {})
    return found if isinstance(found, dict) else {}


def _where(stack: Stack, name: str) -> tuple[str, str]:
    """Return the key of a parameter; templates by themselves share account and region."""
    return ("", name) if name in _PLACES else (stack.name, name)


def symbol_of(stack: Stack, name: str) -> str:
    """Return the symbol of a parameter or place."""
    return opened(stack.name, name.replace("::", "-"), "Value")


def _named(stack: Stack, value: object) -> str | None:
    """Return the parameter or place that a value is the symbol of."""
    names = (*stack.template.get("Parameters", {}), *_PLACES)
    return next((each for each in names if value == symbol_of(stack, each)), None)


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
