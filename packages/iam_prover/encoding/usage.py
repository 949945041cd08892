"""Uses of context keys by the policies and the pattern of a question.

They decide how a key is encoded, and with how many values: one for each different set-operator
condition is enough as its witness, and leaving others out makes no condition worse.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iam_prover.encoding.readable import example_of
from iam_prover.formulas import AllOf, AnyOf, Formula, Not
from iam_prover.keys import Arity, arity
from iam_prover.operators import Family
from iam_prover.ordered import parse_range
from iam_prover.policy import Condition, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from iam_prover.templates import Template


@dataclass
class Usage:
    """The uses of one key: operator families save `Null`, and bounds of ordered operators.

    Of what policies compare it with: `patterns` with wildcards, and other `values`.
    """

    name: str
    families: set[Family] = field(default_factory=set)
    conditions: set[Condition] = field(default_factory=set)
    needs_one: bool = False
    bounds: set[Fraction] = field(default_factory=set)
    patterns: dict[Template, None] = field(default_factory=dict)
    values: dict[Template, None] = field(default_factory=dict)

    @property
    def examples(self) -> tuple[str, ...]:
        """Texts that patterns match, then values."""
        return tuple(map(example_of, (*self.patterns, *self.values)))

    @property
    def slots(self) -> int:
        """Number of values that is enough to find every counterexample."""
        known = arity(self.name)
        if known is Arity.ONE or not self.conditions:
            return 1
        # Two values make a key multi-valued, which switches off what works for one value only.
        least = 2 if known is Arity.UNKNOWN and self.needs_one else 1
        return max(least, len(self.conditions))

    @property
    def ordered(self) -> Family | None:
        """The ordered family, if the key is compared with that one only."""
        only = next(iter(self.families)) if len(self.families) == 1 else None
        return only if only is not None and only.is_ordered else None

    @property
    def scale(self) -> int:
        """Grid points to a unit: finer than any bound, so one lies between any two."""
        if self.ordered is Family.IP_ADDRESS:
            return 1
        scale = 1
        while any((bound * scale).denominator != 1 for bound in self.bounds):
            scale *= 10
        return scale * 10 if self.ordered is Family.NUMERIC else scale


def usages(statements: Iterable[Statement], formulas: Iterable[Formula]) -> dict[str, Usage]:
    """Collect the uses of all keys."""
    found: dict[str, Usage] = {}
    for statement in statements:
        for resource in statement.resources.patterns if statement.resources else ():
            _note_variables(found, resource)
        for condition in statement.conditions:
            _note(found, condition)
            usage = found[condition.key.lower()]
            for each in condition.values:
                kind = usage.patterns if each.literal is None else usage.values
                kind[each] = None
    for formula in formulas:
        for condition in _conditions(formula):
            _note(found, condition)
    return found


def _note(found: dict[str, Usage], condition: Condition) -> None:
    usage = found.setdefault(condition.key.lower(), Usage(condition.key))
    operator = condition.operator
    if operator.family is Family.NULL:
        return
    usage.families.add(operator.family)
    if operator.quantifier is None:
        usage.needs_one = True
    else:
        usage.conditions.add(condition)
    for template in condition.values:
        if operator.family.is_ordered:
            usage.bounds.update(parse_range(operator.family, template.text))
        _note_variables(found, template)


def _note_variables(found: dict[str, Usage], template: Template) -> None:
    for variable in template.variables:
        usage = found.setdefault(variable.key.lower(), Usage(variable.key))
        usage.families.add(Family.STRING)
        usage.needs_one = True


def _conditions(formula: Formula) -> Iterable[Condition]:
    match formula:
        case Condition():
            yield formula
        case Not(inner):
            yield from _conditions(inner)
        case AllOf(formulas) | AnyOf(formulas):
            for each in formulas:
                yield from _conditions(each)
