"""Ranges of hyperparameters.

Source: SageMaker AI developer guide, "Define hyperparameter ranges" and "Hyperparameter scaling".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from pipeline_schema.expressions import is_expression

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LINEAR, LOGARITHMIC, REVERSE_LOGARITHMIC = "Linear", "Logarithmic", "ReverseLogarithmic"
_SCALINGS = ("Auto", LINEAR, LOGARITHMIC, REVERSE_LOGARITHMIC)
# The service does not document how `Auto` chooses. Here: logarithmic from two magnitudes on.
_WIDE = 100.0
_EXACT = 2.0**53 - 1  # so far every integer, and the next, is a float
_KINDS = {
    "IntegerParameterRanges": "integer",
    "ContinuousParameterRanges": "continuous",
    "CategoricalParameterRanges": "categorical",
}
Values: TypeAlias = dict[str, str]


@dataclass(frozen=True)
class NumberRange:
    """An integer or continuous hyperparameter; both ends are allowed."""

    name: str
    low: float
    high: float
    scaling: str
    whole: bool

    def value_at(self, place: float) -> str:
        """Return the value at a place between 0 and 1, as text."""
        # An integer owns the stretch up to the next, so that all of them are equally likely.
        high = self.high + 1 if self.whole else self.high
        start, end = self._scaled(self.low), self._scaled(high)
        value = self._unscaled(start + place * (end - start))
        if self.whole:
            return str(int(min(max(math.floor(value), self.low), self.high)))
        return repr(min(max(value, self.low), self.high))

    def features(self, value: str) -> list[float]:
        """Return the place of a value between 0 and 1."""
        start, end = self._scaled(self.low), self._scaled(self.high)
        return [(self._scaled(float(value)) - start) / (end - start) if end > start else 0.0]

    def _scaled(self, value: float) -> float:
        if self.scaling == LOGARITHMIC:
            return math.log(value)
        return -math.log(1 - value) if self.scaling == REVERSE_LOGARITHMIC else value

    def _unscaled(self, value: float) -> float:
        if self.scaling == LOGARITHMIC:
            return math.exp(value)
        return 1 - math.exp(-value) if self.scaling == REVERSE_LOGARITHMIC else value


@dataclass(frozen=True)
class Choice:
    """A categorical hyperparameter."""

    name: str
    values: tuple[str, ...]

    def value_at(self, place: float) -> str:
        """Return the value at a place between 0 and 1."""
        return self.values[min(int(place * len(self.values)), len(self.values) - 1)]

    def features(self, value: str) -> list[float]:
        """Return the one-hot encoding of a value."""
        return [float(value == known) for known in self.values]


Range: TypeAlias = NumberRange | Choice


def read_ranges(ranges: Mapping[str, Any]) -> tuple[Range, ...]:
    """Parse validated `ParameterRanges`, sorted by name."""
    found: list[Range] = [
        Choice(item["Name"], tuple(map(str, item["Values"])))
        for item in ranges.get("CategoricalParameterRanges") or []
    ]
    for field, whole in (("IntegerParameterRanges", True), ("ContinuousParameterRanges", False)):
        for item in ranges.get(field) or []:
            low, high = float(item["MinValue"]), float(item["MaxValue"])
            scaling = item.get("ScalingType", "Auto")
            if scaling == "Auto":
                scaling = LOGARITHMIC if low > 0 and high / low >= _WIDE else LINEAR
            found.append(NumberRange(item["Name"], low, high, scaling, whole))
    return tuple(sorted(found, key=lambda item: item.name))


def range_problems(ranges: Any, where: str) -> Iterator[str]:
    """Validate `ParameterRanges`; expressions are skipped."""
    if not isinstance(ranges, dict):
        yield f"{where}: is missing or not an object"
        return
    seen: set[str] = set()
    for field, kind in _KINDS.items():
        for index, item in enumerate(ranges.get(field) or []):
            place = f"{where}.{field}[{index}]"
            if not isinstance(item, dict) or not isinstance(item.get("Name"), str):
                yield f"{place}: has no Name"
                continue
            if item["Name"] in seen:
                yield f"{place}.Name: {item['Name']!r} has two ranges"
            seen.add(item["Name"])
            yield from _item_problems(item, kind, place)
    if not seen:
        yield f"{where}: names no hyperparameter"


def _item_problems(item: dict[str, Any], kind: str, where: str) -> Iterator[str]:
    if kind == "categorical":
        values = item.get("Values")
        if not is_expression(values) and (not isinstance(values, list) or not values):
            yield f"{where}.Values: is missing or empty"
        return
    ends: list[float] = []
    for field in ("MinValue", "MaxValue"):
        text = item.get(field)
        if is_expression(text):
            continue
        try:
            value = float(str(text))
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or (kind == "integer" and not value.is_integer()):
            wanted = "an integer" if kind == "integer" else "a number"
            yield f"{where}.{field}: {text!r} is not {wanted}"
        elif kind == "integer" and abs(value) > _EXACT:
            yield f"{where}.{field}: {text!r} is not exact here; write integers below 2^53"
        else:
            ends.append(value)
    if len(ends) == len(("MinValue", "MaxValue")):
        yield from _scale_problems(item.get("ScalingType", "Auto"), kind, where, *ends)


def _scale_problems(
    scaling: object, kind: str, where: str, low: float, high: float
) -> Iterator[str]:
    if low > high:
        yield f"{where}: MinValue {low:g} is above MaxValue {high:g}"
    if scaling not in _SCALINGS:
        yield f"{where}.ScalingType: {scaling!r} is not one of {', '.join(_SCALINGS)}"
    if scaling == LOGARITHMIC and low <= 0:
        yield f"{where}.ScalingType: Logarithmic needs a MinValue above 0"
    if scaling == REVERSE_LOGARITHMIC:
        if kind == "integer":
            yield f"{where}.ScalingType: ReverseLogarithmic is for continuous hyperparameters"
        elif low < 0 or high >= 1:
            yield f"{where}.ScalingType: ReverseLogarithmic needs values from 0 to below 1"
