"""The z3 encoding and the plain evaluator say the same of random policies and requests.

``-m slow`` runs 20,000 cases of a fresh seed, some minutes on one core.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.answers import Impossible, Possible, Unknown
from iam_prover.encoding.solve import ask
from iam_prover.evaluator import decide
from iam_prover.principals import CallerKind
from iam_prover.question import (
    CallerPattern,
    Question,
    RequestPattern,
    any_session,
    anyone,
    exactly,
    only,
    strangers,
)
from iam_prover.trivially_impossible import is_trivially_impossible

if TYPE_CHECKING:
    from .conftest import Draw


def test_the_encoding_agrees_with_the_evaluator_on_concrete_requests(draw: Draw) -> None:
    generator, cases = draw.generator, draw.cases
    allowed = 0
    for _ in range(cases):
        policies, request = generator.policies(), generator.request()
        decision = decide(request, policies)
        answer = ask(Question(policies, only(request)))
        if decision.allowed:
            assert isinstance(answer, Possible), (policies, request)
            assert answer.confirmed
            assert answer.request.as_json() == request.as_json()
        else:
            assert isinstance(answer, Impossible), (policies, request, answer)
        allowed += decision.allowed
    # Where nearly everything is denied, agreement says little: three of ten are allowed.
    assert allowed * 10 >= cases * 3


def test_counterexamples_are_confirmed_and_proofs_are_not_refuted(draw: Draw) -> None:
    generator, cases = draw.generator, draw.cases
    account = generator.account
    callers = [*anyone(account=account), *strangers(account=account)]
    callers += [CallerPattern(CallerKind.SERVICE), CallerPattern(CallerKind.FEDERATED)]
    callers += [exactly(caller) for caller in generator.callers]
    callers += [any_session(caller.arn) for caller in generator.callers if caller.session_arn]
    answered = {Possible: 0, Impossible: 0, Unknown: 0}
    for _ in range(cases // 20):
        policies, pick = generator.policies(), generator.pick
        pattern = RequestPattern(
            (pick.choice(callers),),
            (pick.choice(generator.actions),),
            pick.choice((None, None, *generator.resources)),
        )
        answer = ask(Question(policies, pattern))
        answered[type(answer)] += 1
        if isinstance(answer, Possible):
            # Only what is left free may fail the replay.
            assert answer.confirmed or answer.free, (policies, pattern, answer.request)
        if isinstance(answer, Impossible):
            for request in (generator.request() for _ in range(50)):
                assert not (pattern.admits(request) and decide(request, policies).allowed)
    assert answered[Possible] > cases // 80
    assert answered[Impossible] > cases // 80
    assert answered[Unknown] <= cases // 1000


def test_what_no_statement_allows_is_refused(draw: Draw) -> None:
    recognized = 0
    for _ in range(draw.cases):
        policies, request = draw.generator.policies(), draw.generator.request()
        if is_trivially_impossible(Question(policies, only(request))):
            recognized += 1
            assert not decide(request, policies).allowed, (policies, request)
    assert recognized > draw.cases // 50
