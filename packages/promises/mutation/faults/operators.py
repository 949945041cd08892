"""Faults of operators: a similar one, which often holds for nothing or for everything."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from promises.mutation.fault import in_statements, listed
from promises.mutation.faults.conditions import conditions_of, without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from promises.mutation.fault import Seeder
    from promises.mutation.templates import Body

    # From operator and values to the operator and values that stand there instead.
    Swap = Callable[[str, list[object]], tuple[str, list[object]] | None]

_QUANTIFIERS = ("ForAnyValue:", "ForAllValues:")


def _swapped(statement: Body, swap: Swap) -> Iterator[tuple[str, list[Body]]]:
    for operator, name in conditions_of(statement):
        values = listed(statement["Condition"][operator][name])
        instead = swap(operator, values)
        if instead is None:
            continue
        fresh = without(statement, operator, name)
        blocks = fresh.setdefault("Condition", {})
        if name not in blocks.get(instead[0], {}):
            blocks.setdefault(instead[0], {})[name] = instead[1]
            yield f"{operator} {name} becomes {instead[0]} {instead[1]}", [fresh]


def _quantified(
    operator: str, values: list[object], quantifier: str
) -> tuple[str, list[object]] | None:
    plain = operator.removeprefix(_QUANTIFIERS[0]).removeprefix(_QUANTIFIERS[1])
    if plain in {"Null", "Bool", "BoolIfExists"} or operator.startswith(quantifier):
        return None
    return f"{quantifier}{plain}", values


def _unquantified(operator: str, values: list[object]) -> tuple[str, list[object]] | None:
    plain = operator.partition(":")[2]
    return (plain, values) if plain else None


def _everything(operator: str, _: list[object]) -> tuple[str, list[object]] | None:
    like = {
        "StringEquals": "StringLike",
        "StringLike": "StringLike",
        "ArnEquals": "ArnLike",
        "ArnLike": "ArnLike",
        "StringNotEquals": "StringNotLike",
        "ArnNotEquals": "ArnNotLike",
    }
    return (like[operator], ["*"]) if operator in like else None


def _if_exists(operator: str, values: list[object]) -> tuple[str, list[object]] | None:
    if operator == "Null" or operator.startswith(_QUANTIFIERS) or operator.endswith("IfExists"):
        return None
    return f"{operator}IfExists", values


def _flipped(operator: str, values: list[object], which: str) -> tuple[str, list[object]] | None:
    if operator.removesuffix("IfExists") != which:
        return None
    return operator, ["false" if str(each).lower() == "true" else "true" for each in values]


def _negated(operator: str, values: list[object]) -> tuple[str, list[object]] | None:
    head, _, plain = operator.rpartition(":")
    for positive, negative in (("StringNot", "String"), ("ArnNot", "Arn")):
        if plain.startswith(positive):
            instead = plain.replace(positive, negative, 1)
            return (f"{head}:{instead}" if head else instead), values
    return None


_SWAPS: tuple[tuple[str, Swap], ...] = (
    ("swap to ForAnyValue", partial(_quantified, quantifier="ForAnyValue:")),
    ("swap to ForAllValues", partial(_quantified, quantifier="ForAllValues:")),
    ("drop a set operator", _unquantified),
    ("swap to a match of *", _everything),
    ("swap to IfExists", _if_exists),
    ("flip Null", partial(_flipped, which="Null")),
    ("flip Bool", partial(_flipped, which="Bool")),
    ("lose a Not", _negated),
)
SEEDERS: tuple[tuple[str, Seeder], ...] = tuple(
    (kind, partial(in_statements, kind, partial(_swapped, swap=swap))) for kind, swap in _SWAPS
)
