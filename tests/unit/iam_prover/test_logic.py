"""What is decided before z3 sees it is what z3 would say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import z3

from iam_prover.encoding.languages import ignoring_case, includes, wildcard
from iam_prover.encoding.logic import (
    FALSE,
    TRUE,
    boolean,
    conjunction,
    disjunction,
    negation,
    truth,
)
from iam_prover.encoding.membership import Memberships
from iam_prover.encoding.text import constant, joined, known_text, same, unknown
from iam_prover.templates import Wildcard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.encoding.membership import Piece

A, B = boolean("a"), boolean("b")
TEXTS = ["", "a", "A", "a:b", "a.b", "axb", "aXb:", "line\nbreak", "back\\slash", "\\u{41}", "[a]"]
PIECES: list[list[Piece]] = [
    [],
    ["a"],
    ["a", wildcard(Wildcard.MANY)],
    ["a", wildcard(Wildcard.MANY, colons=False)],
    ["a", wildcard(Wildcard.ONE), "b"],
    ["a", wildcard(Wildcard.ONE, colons=False), "b"],
    [wildcard(Wildcard.MANY), "b", wildcard(Wildcard.MANY)],
    [ignoring_case("")],
    [ignoring_case("AxB:")],
    [ignoring_case("[a]")],
    ["\\u{41}"],
    ["back\\", wildcard(Wildcard.MANY)],
    ["line", wildcard(Wildcard.ONE), "break"],
]


def equivalent(one: z3.BoolRef, other: z3.BoolRef) -> bool:
    solver = z3.Solver()
    solver.add(one != other)
    return bool(solver.check() == z3.unsat)


@pytest.mark.parametrize("parts", [[], [A], [A, B], [TRUE, A], [A, FALSE], [FALSE, TRUE]])
def test_connectives_say_what_those_of_z3_say(parts: list[z3.BoolRef]) -> None:
    assert equivalent(conjunction(parts), z3.And(parts))
    assert equivalent(disjunction(parts), z3.Or(parts))
    for part in parts:
        assert equivalent(negation(part), z3.Not(part))


def test_nobody_looks_further_than_needed() -> None:
    def parts(first: z3.BoolRef) -> Iterator[z3.BoolRef]:
        yield first
        pytest.fail("the answer is known already")

    assert conjunction(parts(FALSE)) is FALSE
    assert disjunction(parts(TRUE)) is TRUE


def test_known_truths_are_told_from_formulas() -> None:
    assert truth(value=True) is TRUE
    assert negation(negation(TRUE)) is TRUE
    assert conjunction([TRUE, TRUE]) is TRUE
    assert disjunction([]) is FALSE
    assert conjunction([A]) is A


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("pieces", PIECES, ids=str)
def test_a_known_text_is_matched_as_z3_matches_it(text: str, pieces: list[Piece]) -> None:
    memberships = Memberships()
    decided = memberships.matches(constant(text), pieces)
    assert decided is TRUE or decided is FALSE
    term = unknown("text")
    asked = memberships.matches(term, pieces)
    assert asked is not None
    solver = z3.Solver()
    solver.add(asked, *memberships.definitions({}), term == constant(text))
    assert (solver.check() == z3.sat) is (decided is TRUE)


def test_known_texts_stay_known_when_joined_and_compared() -> None:
    whole = joined([constant("a"), constant(":"), constant("b")])
    assert known_text(whole) == "a:b"
    assert same(whole, constant("a:b")) is TRUE
    assert same(whole, constant("a")) is FALSE
    assert known_text(joined([constant("a"), unknown("x")])) is None
    assert known_text(unknown("x")) is None


@pytest.mark.parametrize("wider", ["\ue000", ignoring_case("\ue000")])
def test_a_character_that_stands_for_a_wildcard_includes_none(wider: Piece) -> None:
    """Found by seed 40217793 of the property test of shortcuts."""
    every = wildcard(Wildcard.MANY)
    assert includes((every,), (every,))
    assert not isinstance(wider, z3.SeqRef)
    assert not includes((wider,), (every,))


def test_many_wildcards_are_matched_at_once() -> None:
    many: list[Piece] = [each for _ in range(40) for each in (wildcard(Wildcard.MANY), "ab")]
    assert Memberships().matches(constant("ba" * 39), many) is FALSE
    assert Memberships().matches(constant("ba" * 40 + "b"), many) is TRUE
