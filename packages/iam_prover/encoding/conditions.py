"""Conditions and formulas as z3 formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import z3

from iam_prover.encoding.languages import ignoring_case, wildcard
from iam_prover.encoding.logic import (
    FALSE,
    TRUE,
    conjunction,
    disjunction,
    negation,
    truth,
)
from iam_prover.encoding.text import constant, same
from iam_prover.errors import PolicyError
from iam_prover.formulas import AllOf, AnyOf, Formula, Not, ResourceLike
from iam_prover.keys import Arity, arity
from iam_prover.operators import Family, Quantifier
from iam_prover.ordered import parse_range
from iam_prover.policy import Condition
from iam_prover.templates import Template, Variable, Wildcard, split_arn

if TYPE_CHECKING:
    from iam_prover.encoding.membership import Piece
    from iam_prover.encoding.vocabulary import Slot, Vocabulary

_LAST_COMPONENT = 5
_ANY_ARN = ((Wildcard.MANY,),) * 6


def encode_condition(condition: Condition, vocabulary: Vocabulary, *, in_doubt: bool) -> z3.BoolRef:
    """Encode that a condition holds; `in_doubt` where AWS leaves it open."""
    key = vocabulary.key(condition.key)
    operator = condition.operator
    if operator.family is Family.NULL:
        return disjunction(
            negation(key.present) if template.text.lower() == "true" else key.present
            for template in condition.values
        )
    matched = [
        (slot.used, _value_matches(condition, slot, vocabulary, in_doubt=in_doubt))
        for slot in key.slots
    ]
    if operator.quantifier is Quantifier.ALL:
        return conjunction(disjunction((negation(used), match)) for used, match in matched)
    if operator.quantifier is Quantifier.ANY:
        found = disjunction(conjunction(each) for each in matched)
        or_missing = operator.if_exists and in_doubt
        return disjunction((found, negation(key.present))) if or_missing else found
    missing_counts = operator.if_exists or (
        operator.negated and (in_doubt or arity(key.name) is not Arity.MANY)
    )
    found = conjunction((key.single, matched[0][1])) if matched else FALSE
    return disjunction((found, negation(key.present))) if missing_counts else found


def _value_matches(
    condition: Condition, slot: Slot, vocabulary: Vocabulary, *, in_doubt: bool
) -> z3.BoolRef:
    matched = [_match(condition, slot, template, vocabulary) for template in condition.values]
    if not condition.operator.negated:
        return disjunction(conjunction(each) for each in matched)
    everything_known = conjunction(known for known, _ in matched)
    none = negation(disjunction(match for _, match in matched))
    if in_doubt:
        return disjunction((negation(everything_known), none))
    return conjunction((everything_known, none))


def _match(
    condition: Condition, slot: Slot, template: Template, vocabulary: Vocabulary
) -> tuple[z3.BoolRef, z3.BoolRef]:
    """Compare one value with one: whether all variables have values, and whether it matches."""
    family = condition.operator.family
    known, components = encode_template(template, vocabulary, family)
    match: z3.BoolRef | None
    if family.is_ordered:
        match = _compare(condition, slot, template, vocabulary)
    elif family is Family.BOOL:
        actual = slot.text if slot.known is None else constant(slot.known.lower())
        match = same(actual, constant(template.text.lower()))
    else:
        match = _text_matches(slot, components, family, vocabulary)
    if match is None:
        match = vocabulary.free_choice(condition, slot, template.text)
    return known, match


def _text_matches(
    slot: Slot, components: list[list[Piece]], family: Family, vocabulary: Vocabulary
) -> z3.BoolRef | None:
    matches = vocabulary.memberships.matches
    if slot.components and (family is Family.ARN or _are_literal_arn(components)):
        if family is not Family.ARN:
            texts = "".join(str(piece) for piece in components[0]).split(":", len(_ANY_ARN) - 1)
            components = [[text] for text in texts]
        pairs = zip(slot.components, components, strict=True)
        found = [matches(part, pieces) for part, pieces in pairs]
        return None if None in found else conjunction(found)
    pieces = components[0]
    for component in components[1:]:
        pieces = [*pieces, ":", *component]
    if family is Family.STRING_IGNORING_CASE:
        if not all(isinstance(piece, str) for piece in pieces):
            return None
        pieces = [ignoring_case("".join(map(str, pieces)))]
    return matches(slot.text, pieces)


def _are_literal_arn(components: list[list[Piece]]) -> bool:
    literal = all(isinstance(piece, str) for piece in components[0])
    return literal and "".join(map(str, components[0])).count(":") >= len(_ANY_ARN) - 1


def encode_template(
    template: Template, vocabulary: Vocabulary, family: Family = Family.STRING_LIKE
) -> tuple[z3.BoolRef, list[list[Piece]]]:
    """Return that all variables have a value, and the pieces of a text: of an ARN, by component."""
    if family is Family.ARN:
        parts = _ANY_ARN if template.parts == (Wildcard.MANY,) else split_arn(template)
    else:
        parts = (template.parts,)
    known: list[z3.BoolRef] = []
    components: list[list[Piece]] = []
    for index, component in enumerate(parts or ()):
        colons = family is not Family.ARN or index == _LAST_COMPONENT
        pieces: list[Piece] = []
        for part in component:
            if isinstance(part, Variable):
                has_value, piece = _variable(part, vocabulary)
                known.append(has_value)
                pieces.append(piece)
            elif isinstance(part, Wildcard):
                pieces.append(wildcard(part, colons=colons))
            else:
                pieces.append(part)
        components.append(pieces)
    return conjunction(known), components


def _variable(variable: Variable, vocabulary: Vocabulary) -> tuple[z3.BoolRef, Piece]:
    key = vocabulary.key(variable.key)
    if not key.slots or arity(key.name) is Arity.MANY:
        return truth(variable.default is not None), variable.default or ""
    first = key.slots[0]
    if first.known is not None:
        if len(key.slots) == 1:
            return TRUE, first.known
        return truth(variable.default is not None), variable.default or ""
    if variable.default is None:
        return key.single, first.text
    return TRUE, z3.If(key.single, first.text, constant(variable.default))


def _compare(
    condition: Condition, slot: Slot, template: Template, vocabulary: Vocabulary
) -> z3.BoolRef | None:
    family, related = condition.operator.family, condition.operator.comparison.relation
    scale = vocabulary.key(condition.key).scale
    first, last = (bound * scale for bound in parse_range(family, template.text))
    if slot.known is not None:
        try:
            low, high = parse_range(family, slot.known)
        except PolicyError:
            return FALSE
        if family is Family.IP_ADDRESS:
            return truth(first <= low and high <= last)
        return truth(bool(related(low, first)))
    if slot.number is None:
        return None
    if family is Family.IP_ADDRESS:
        return z3.And(slot.number >= int(first), slot.number <= int(last))
    # The grid is fine enough to have every bound as a point.
    compared: z3.BoolRef = related(slot.number, z3.IntVal(int(first)))
    return compared


def encode_formula(formula: Formula, vocabulary: Vocabulary) -> z3.BoolRef:
    """Encode that a formula of a pattern holds."""
    match formula:
        case Condition():
            return encode_condition(formula, vocabulary, in_doubt=False)
        case ResourceLike(patterns):
            return disjunction(resource_matches(each, vocabulary)[1] for each in patterns)
        case Not(inner):
            return negation(encode_formula(inner, vocabulary))
        case AllOf(formulas):
            return conjunction(encode_formula(each, vocabulary) for each in formulas)
        case AnyOf(formulas):
            return disjunction(encode_formula(each, vocabulary) for each in formulas)


def resource_matches(template: Template, vocabulary: Vocabulary) -> tuple[z3.BoolRef, z3.BoolRef]:
    """Encode that the resource matches a pattern."""
    known, components = encode_template(template, vocabulary)
    if template.parts == (Wildcard.MANY,):
        return known, TRUE
    vocabulary.resource_patterns[template] = None
    match = vocabulary.memberships.matches(vocabulary.resource, components[0])
    if match is None:
        match = vocabulary.left_open(f"Resource {template.text!r}")
    return known, match
