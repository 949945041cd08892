"""How the policies and the pattern of a question use each context key.

This decides how a key is encoded: as text or as a number, and with how many values. As many
values as there are different set-operator conditions are enough: each such condition needs at
most one value as its witness, be it for holding (`ForAnyValue`) or for failing (`ForAllValues`).
One more value is never needed, because leaving a value out cannot make either worse.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlops.proofs.formulas import AllOf, AnyOf, Formula, Not
from mlops.proofs.keys import Arity, arity
from mlops.proofs.operators import Family
from mlops.proofs.ordered import parse_range
from mlops.proofs.policy import Condition, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from mlops.proofs.templates import Template


@dataclass
class Usage:
    """The uses of one key.

    Parameters
    ----------
    name : str
        The key as first seen.
    families : set of Family
        Of the operators on it, `Null` aside; `STRING` also for its use as a policy variable.
    conditions : set of Condition
        Those with a set operator.
    needs_one : bool
        Whether some use works for a single value only.
    bounds : set of Fraction
        What ordered operators compare it with.
    """

    name: str
    families: set[Family] = field(default_factory=set)
    conditions: set[Condition] = field(default_factory=set)
    needs_one: bool = False
    bounds: set[Fraction] = field(default_factory=set)

    @property
    def slots(self) -> int:
        """How many values are enough to find every counterexample."""
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
        """How many grid points one unit has.

        The grid is finer than any bound, so it has a point on each bound and between any two.
        """
        if self.ordered is Family.IP_ADDRESS:
            return 1
        scale = 1
        while any((bound * scale).denominator != 1 for bound in self.bounds):
            scale *= 10
        return scale * 10 if self.ordered is Family.NUMERIC else scale


def usages(statements: Iterable[Statement], formulas: Iterable[Formula]) -> dict[str, Usage]:
    """Collect the uses of all keys.

    Parameters
    ----------
    statements : iterable of Statement
        Those that can matter.
    formulas : iterable of Formula
        Of the pattern.

    Returns
    -------
    dict
        From the key in lower case.
    """
    found: dict[str, Usage] = {}
    for statement in statements:
        for resource in statement.resources.patterns if statement.resources else ():
            _note_variables(found, resource)
        for condition in statement.conditions:
            _note(found, condition)
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
