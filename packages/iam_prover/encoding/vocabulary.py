"""The unknowns of one query: the caller, the resource and the context keys."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

import z3

from iam_prover.encoding.logic import (
    FALSE,
    TRUE,
    boolean,
    conjunction,
    disjunction,
    equation,
    negation,
)
from iam_prover.encoding.membership import Memberships
from iam_prover.encoding.readable import readable_values
from iam_prover.encoding.text import constant, known_text, python_text, same, unknown
from iam_prover.encoding.usage import Usage
from iam_prover.keys import Arity, arity, is_boolean
from iam_prover.operators import Family
from iam_prover.ordered import LAST_ADDRESS, LAST_SECOND, render
from iam_prover.pattern_intersection import text_matching_all
from iam_prover.request import ALWAYS_SET, Request, always_set

if TYPE_CHECKING:
    from iam_prover.encoding.callers import CallerTerms
    from iam_prover.policy import Condition
    from iam_prover.question import RequestPattern
    from iam_prover.templates import Template

# Texts by the terms that they stand for.
Texts: TypeAlias = dict[z3.SeqRef, str]
_MOST_OF_TWO, _MOST_PAIRS, _LONGEST_OF_TWO = 24, 300, 200
RESOURCE_ACCOUNT = "aws:resourceaccount"
_CALLER_ARN = "aws:principalarn"


@dataclass(frozen=True)
class Slot:
    """Room for one value of a key: a text, a grid point, or the six parts of a caller's ARN."""

    used: z3.BoolRef
    text: z3.SeqRef | None = None
    number: z3.ArithRef | None = None
    known: str | None = None
    components: tuple[z3.SeqRef, ...] = ()

    def equals(self, other: Slot) -> z3.BoolRef:
        """Encode that two slots hold the same value."""
        if self.number is not None and other.number is not None:
            return equation(self.number, other.number)
        return FALSE if None in (self.text, other.text) else same(self.text, other.text)


@dataclass(frozen=True)
class SymbolicKey:
    """A context key of the symbolic request; each slot is used only if the one before is."""

    name: str
    slots: tuple[Slot, ...]
    scale: int = 1
    family: Family | None = None

    @property
    def present(self) -> z3.BoolRef:
        """The request has the key."""
        return self.slots[0].used if self.slots else FALSE

    @property
    def single(self) -> z3.BoolRef:
        """The request has one value, and the key is not multi-valued by nature."""
        if not self.slots or arity(self.name) is Arity.MANY:
            return FALSE
        if len(self.slots) == 1:
            return self.present
        return conjunction((self.present, negation(self.slots[1].used)))

    def in_model(self, model: z3.ModelRef) -> tuple[str, ...]:
        """Read the values of a counterexample."""
        values: list[str] = []
        for slot in self.slots:
            if not z3.is_true(model.eval(slot.used, model_completion=True)):
                continue
            if slot.known is not None:
                values.append(slot.known)
            elif slot.number is not None and self.family is not None:
                point = model.eval(slot.number, model_completion=True).as_long()
                values.append(render(self.family, Fraction(point, self.scale)))
            else:
                values.append(python_text(model.eval(slot.text, model_completion=True)))
        return tuple(dict.fromkeys(values))


class Vocabulary:
    """All unknowns of a query."""

    def __init__(
        self,
        requests: RequestPattern,
        action: str,
        caller: CallerTerms,
        usages: dict[str, Usage],
    ) -> None:
        self._requests = requests
        self._action = action
        self.caller = caller
        self._usages = usages
        self._fixed = {name.lower(): (name, values) for name, values in requests.context.items()}
        self.constraints: list[z3.BoolRef] = list(caller.constraints)
        self.memberships = Memberships()
        self.free: dict[str, z3.BoolRef] = {}
        self.resource_patterns: dict[Template, None] = {}
        self.caller_names: list[str] = []
        self.resource: z3.SeqRef = (
            unknown("resource") if requests.resource is None else constant(requests.resource)
        )
        # Made when they are needed: most formulas are false before any is.
        self._keys: dict[str, SymbolicKey] = {}
        self._of_keys: dict[str, list[z3.BoolRef]] = {}

    def key(self, name: str) -> SymbolicKey:
        """Return a key of the request."""
        lower = name.lower()
        found = self._keys.get(lower)
        if found is None:
            of_request, self.constraints = self.constraints, []
            found = self._keys[lower] = self._make(lower)
            self._of_keys[lower], self.constraints = self.constraints, of_request
        return found

    def complete(self) -> None:
        """Add the keys that no formula has needed so far, and the constraints of all."""
        names = sorted({*self._usages, *self._fixed, RESOURCE_ACCOUNT})
        self._keys = {name: self.key(name) for name in names}
        self.constraints += [each for name in names for each in self._of_keys[name]]

    def free_choice(self, condition: Condition, slot: Slot, template: str) -> z3.BoolRef:
        """Leave open whether a value matches: what is not modelled."""
        return self.left_open(
            f"{condition.operator.name} {condition.key} {template!r} on {slot.used}"
        )

    def left_open(self, reason: str) -> z3.BoolRef:
        """Leave open what is not modelled, for this reason."""
        return self.free.setdefault(reason, boolean(f"free: {reason}"))

    def _make(self, name: str) -> SymbolicKey:
        if name in self._fixed:
            spelled, values = self._fixed[name]
            return SymbolicKey(
                spelled, tuple(Slot(TRUE, constant(value), known=value) for value in values)
            )
        derived = self.caller.context
        if name in derived:
            term = derived[name]
            if term is None:
                return SymbolicKey(name, ())
            parts = self.caller.arn_components if name == _CALLER_ARN else ()
            slot = Slot(TRUE, term, known=known_text(term), components=parts)
            return SymbolicKey(name, (slot,))
        usage = self._usages.get(name, Usage("aws:ResourceAccount"))
        if self._requests.no_other_keys:
            return SymbolicKey(usage.name, ())
        slots = tuple(self._slot(usage, index) for index in range(usage.slots))
        self.constraints += [
            disjunction((negation(after.used), before.used))
            for before, after in itertools.pairwise(slots)
        ]
        # The values of a key are different ones: the same twice is one value.
        self.constraints += [
            disjunction((negation(after.used), negation(before.equals(after))))
            for before, after in itertools.combinations(slots, 2)
        ]
        return SymbolicKey(usage.name, slots, usage.scale, usage.ordered)

    def _slot(self, usage: Usage, index: int) -> Slot:
        always = index == 0 and self._is_always_set(usage.name.lower())
        used = TRUE if always else boolean(f"{usage.name}[{index}] used")
        name = f"{usage.name}[{index}]"
        if usage.ordered is not None:
            number = z3.Int(name)
            limits = {
                Family.DATE: (0, LAST_SECOND * usage.scale),
                Family.IP_ADDRESS: (0, LAST_ADDRESS),
            }
            if usage.ordered in limits:
                first, last = limits[usage.ordered]
                self.constraints += [number >= first, number <= last]
            return Slot(used, number=number)
        text = unknown(name)
        if is_boolean(usage.name) or Family.BOOL in usage.families:
            values = disjunction((same(text, constant("true")), same(text, constant("false"))))
        else:
            values = negation(same(text, constant("")))
        self.constraints.append(values)
        return Slot(used, text)

    def _is_always_set(self, name: str) -> bool:
        return name in {each.lower() for each in always_set(self.caller.kind)}

    @property
    def resource_examples(self) -> list[str]:
        """Resources that one pattern of the question or of a statement matches."""
        texts = (each.text for each in self.resource_patterns)
        return [text.replace("*", "example").replace("?", "x") for text in texts]

    def examples(self) -> list[Texts]:
        """Return ordinary callers and resources, where a request may well be found."""
        # A service that policies name calls with values that they name.
        names = self.caller_names
        ordinary = {
            term: names[0] if names and term is self.caller.name else text
            for term, text in self.caller.examples
        }
        # A role that the pattern of an exception matches is hard to guess.
        callers = [*({**ordinary, **each} for each in self._excepted()), ordinary]
        values = {
            key.slots[0].text: self._usages[name].examples[0]
            for name, key in self._keys.items()
            if name in self._usages and self._usages[name].examples
            if key.slots and key.slots[0].text is not None and key.slots[0].known is None
        }
        if self._requests.resource is not None:
            every = (each for caller in callers for each in ({**caller, **values}, caller))
            return [each for each in every if each]
        short = [each for each in self.resource_patterns if len(each.text) <= _LONGEST_OF_TWO]
        pairs = itertools.islice(itertools.combinations(short, 2), _MOST_PAIRS)
        # What a statement's pattern and the question's both match is hard to guess.
        both = (text for pair in pairs if (text := text_matching_all(*pair)) is not None)
        listed = ("*", *self.resource_examples, *itertools.islice(both, _MOST_OF_TWO))
        plain = [
            {**caller, self.resource: text} for caller in callers for text in dict.fromkeys(listed)
        ]
        return [*({**each, **values} for each in plain if values), *plain]

    def _excepted(self) -> list[Texts]:
        """Return callers whose ARNs patterns of policies match."""
        patterns = self._usages[_CALLER_ARN].patterns if _CALLER_ARN in self._usages else ()
        return [found for each in patterns if (found := self.caller.like(each))]

    def readable(self) -> list[list[tuple[z3.SeqRef, str]]]:
        """Return wishes for a counterexample that people can read."""
        excepted = self._excepted()
        wishes = [
            [(term, text), *((term, each[term]) for each in excepted if term in each)]
            for term, text in self.caller.examples
        ]
        if self._requests.resource is None:
            wishes.append([(self.resource, text) for text in (*self.resource_examples, "*")])
        for name, key in self._keys.items():
            if name in self._fixed or name in self.caller.context:
                continue
            known = self._usages[name].examples if name in self._usages else ()
            for index, slot in enumerate(key.slots):
                if slot.text is not None:
                    texts = (*readable_values(name, index), *known)
                    wishes.append([(slot.text, text) for text in texts])
        return wishes

    def in_model(self, model: z3.ModelRef) -> Request:
        """Read a counterexample."""
        context = {
            key.name: values
            for name, key in sorted(self._keys.items())
            if name not in self.caller.context and (values := key.in_model(model))
        }
        if not self._requests.no_other_keys:
            known = {name.lower() for name in context} | self._fixed.keys()
            always = (name for name in always_set(self.caller.kind) if name.lower() not in known)
            context.update({name: ALWAYS_SET[name] for name in always})
        resource = self._requests.resource
        if resource is None:
            resource = python_text(model.eval(self.resource, model_completion=True))
        return Request(self.caller.in_model(model), self._action, resource, context)
