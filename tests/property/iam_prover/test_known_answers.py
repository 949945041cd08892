"""An answer that is kept is the one that a fresh prover gives, of random questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.answers import Impossible, Possible
from iam_prover.encoding.solve import ask
from iam_prover.known_answers import KnownAnswers
from iam_prover.question import Question, RequestPattern, anyone, exactly, strangers

if TYPE_CHECKING:
    from .conftest import Draw, Generator

LIMIT = 10.0


def question(generator: Generator) -> Question:
    pick, account = generator.pick, generator.account
    callers = [*anyone(account=account), *strangers(account=account)]
    callers += [exactly(caller) for caller in generator.callers]
    actions = tuple(pick.sample(generator.actions, k=2))
    resource = pick.choice((None, None, *generator.resources))
    pattern = RequestPattern(tuple(pick.sample(callers, k=2)), actions, resource)
    refusing = generator.policies() if generator.chance(0.2) else None
    return Question(generator.policies(), pattern, refusing)


def test_answers_depend_on_nothing_that_was_asked_before(draw: Draw) -> None:
    """In another order, and kept as text in between."""
    questions = [question(draw.generator) for _ in range(draw.cases // 20)]
    texts: dict[str, str] = {}
    known = KnownAnswers(texts, LIMIT)
    fresh = []
    for each in questions:
        fresh.append(ask(each, LIMIT))
        known.note(known.key(each), fresh[-1])
    later = [ask(each, LIMIT) for each in reversed(questions)]
    assert fresh == later[::-1]
    again = KnownAnswers(dict(texts), LIMIT)
    kept = 0
    for each, answer in zip(questions, fresh, strict=True):
        found = again.find(again.key(each), each)
        final = isinstance(answer, Impossible) or (
            isinstance(answer, Possible) and answer.confirmed
        )
        assert found == (answer if final else None)
        kept += final
    assert kept * 10 > len(questions) * 9
