"""Memberships of texts in patterns, as names that z3 reasons about first.

Most proofs depend only on which patterns include which: the policy allows ``bucket/runs/*``, the
question asks about ``bucket/*``. Only where names and the facts about them do not settle a
question is z3's theory of strings given their definitions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import TYPE_CHECKING, TypeAlias

import z3

from iam_prover.encoding.languages import (
    Language,
    Pattern,
    expression_of,
    includes,
    literal_of,
    term_of,
)
from iam_prover.encoding.logic import (
    FALSE,
    TRUE,
    boolean,
    conjunction,
    disjunction,
    negation,
    truth,
)
from iam_prover.encoding.text import constant, joined, known_text, same

if TYPE_CHECKING:
    from collections.abc import Mapping

# A term is the value of a policy variable.
Piece: TypeAlias = str | z3.SeqRef | Language


@dataclass(frozen=True, eq=False)
class Membership:
    """The match of one unknown text with one pattern; that with a literal needs no definition."""

    pattern: Pattern
    name: z3.BoolRef
    definition: z3.BoolRef

    def of(self, text: str) -> z3.BoolRef:
        """Encode whether a known text matches; z3 would take it to pieces, however long it is."""
        matches = expression_of(self.pattern).fullmatch(text) is not None
        return self.name if matches else negation(self.name)


# For good: a name has one meaning in all queries of a process. By z3's number of the text, which
# the definition holds on to.
_KNOWN: dict[tuple[int, Pattern], Membership] = {}


class Memberships:
    """The memberships of one query."""

    def __init__(self) -> None:
        self._of_texts: dict[int, dict[Pattern, Membership]] = {}
        self._compared: list[tuple[z3.SeqRef, z3.SeqRef]] = []

    def are_same(self, one: z3.SeqRef, other: z3.SeqRef) -> z3.BoolRef:
        """Encode that two texts, of which patterns are asked, are the same."""
        self._compared.append((one, other))
        return same(one, other)

    def matches(self, text: z3.SeqRef, pieces: list[Piece]) -> z3.BoolRef | None:
        """Encode that a text consists of these pieces; None if that needs a quantifier."""
        pattern = tuple(piece for piece in pieces if isinstance(piece, str | Language))
        if len(pattern) < len(pieces):
            return _with_terms(text, pieces)
        known = known_text(text)
        if known is not None:
            return truth(expression_of(pattern).fullmatch(known) is not None)
        number = text.get_id()
        found = _KNOWN.get((number, pattern))
        if found is None:
            found = _KNOWN[number, pattern] = _membership(text, pattern)
        if found.name is not FALSE:
            self._of_texts.setdefault(number, {})[pattern] = found
        return found.name

    def facts(self) -> list[z3.BoolRef]:
        """Encode which memberships imply or exclude which, in names and equations alone."""
        shared = [
            negation(conjunction((same(one, other), same(one, text), negation(same(other, text)))))
            for pair in self._compared
            for one, other in (pair, pair[::-1])
            for pattern in self._of_texts.get(one.get_id(), ())
            if (literal := literal_of(pattern)) is not None
            for text in (constant(literal),)
        ]
        return shared + [
            fact
            for of_text in self._of_texts.values()
            for one, other in permutations(of_text.values(), 2)
            if (fact := _fact(one, other)) is not TRUE
        ]

    def definitions(self, known: Mapping[z3.SeqRef, str]) -> list[z3.BoolRef]:
        """Return the definitions of the names: of texts that are known, whether they match."""
        texts = {term.get_id(): text for term, text in known.items()}
        return [
            each.definition if number not in texts else each.of(texts[number])
            for number, of_text in self._of_texts.items()
            for each in of_text.values()
        ]


def _membership(text: z3.SeqRef, pattern: Pattern) -> Membership:
    literal = literal_of(pattern)
    if literal is not None:
        return Membership(pattern, same(text, constant(literal)), TRUE)
    inside = z3.InRe(text, term_of(pattern))
    name = boolean(inside.sexpr())
    return Membership(pattern, name, name == inside)


@cache
def _fact(one: Membership, other: Membership) -> z3.BoolRef:
    if includes(other.pattern, one.pattern):
        return disjunction((negation(one.name), other.name))
    literal = literal_of(one.pattern)
    unlike = literal is not None and not expression_of(other.pattern).fullmatch(literal)
    if unlike or _apart(one.pattern, other.pattern):
        return disjunction((negation(one.name), negation(other.name)))
    return TRUE


def _apart(one: Pattern, other: Pattern) -> bool:
    """Check whether two patterns start or end differently, and so share no text."""
    (head, tail), (start, end) = _ends(one), _ends(other)
    heads_meet = head.startswith(start) or start.startswith(head)
    return not heads_meet or not (tail.endswith(end) or end.endswith(tail))


def _ends(pattern: Pattern) -> tuple[str, str]:
    ends = pattern[:1], pattern[-1:]
    head, tail = ("".join(each for each in end if isinstance(each, str)) for end in ends)
    return head, tail


def _with_terms(text: z3.SeqRef, pieces: list[Piece]) -> z3.BoolRef | None:
    languages = [index for index, piece in enumerate(pieces) if isinstance(piece, Language)]
    if not languages:
        return same(text, _joined(pieces))
    first, last = languages[0], languages[-1] + 1
    middle = tuple(piece for piece in pieces[first:last] if isinstance(piece, str | Language))
    if len(middle) < last - first:
        return None
    before, after = _joined(pieces[:first]), _joined(pieces[last:])
    rest = z3.Length(text) - z3.Length(before) - z3.Length(after)
    inside = z3.InRe(z3.SubString(text, z3.Length(before), rest), term_of(middle))
    around = (z3.PrefixOf(before, text), z3.SuffixOf(after, text), rest >= 0)
    return conjunction((*around, inside))


def _joined(pieces: list[Piece]) -> z3.SeqRef:
    return joined(
        [
            constant(piece) if isinstance(piece, str) else piece
            for piece in pieces
            if not isinstance(piece, Language)
        ]
    )
