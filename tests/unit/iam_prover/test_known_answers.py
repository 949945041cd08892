"""Answers of earlier provers: the same as fresh ones, or none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from iam_prover.answers import Impossible, Possible, Unknown
from iam_prover.encoding.prover import Prover
from iam_prover.evaluator import ARBITRARY, PoliciesInForce
from iam_prover.formulas import key
from iam_prover.known_answers import KnownAnswers
from iam_prover.parsing import parse_policy
from iam_prover.policy import PolicyKind
from iam_prover.principals import service
from iam_prover.question import CallerPattern, Question, RequestPattern, any_session, exactly

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from iam_prover.answers import Answer

ROLE = "arn:aws:iam::111122223333:role/Job"
VPC = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}
OUTSIDE = key("Null", "aws:SourceVpc", "true")


def policies(action: str = "s3:*", kind: PolicyKind = PolicyKind.IDENTITY) -> PoliciesInForce:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": {**statement, "Condition": VPC}}
    return PoliciesInForce((parse_policy(document, kind, "p"),))


POSSIBLE = Question(policies(), RequestPattern((any_session(ROLE),), ("s3:GetObject",)))
IMPOSSIBLE = replace(POSSIBLE, requests=replace(POSSIBLE.requests, where=(OUTSIDE,)))


def answered(
    question: Question, known: MutableMapping[str, str], timeout: float = 5.0
) -> tuple[Answer, bool]:
    """Return a new prover's answer, and whether it had to ask z3."""
    with Prover(timeout, known=known) as prover:
        answer = prover.ask(question)
        return answer, prover._workers[0]._process is not None


@pytest.mark.parametrize(("question", "kind"), [(POSSIBLE, Possible), (IMPOSSIBLE, Impossible)])
def test_an_answer_is_asked_for_once(question: Question, kind: type) -> None:
    known: dict[str, str] = {}
    first, asked_first = answered(question, known)
    again, asked_again = answered(question, dict(known))
    assert isinstance(first, kind)
    assert (again, asked_first, asked_again) == (first, True, False)


def test_a_limit_that_was_reached_is_not_kept() -> None:
    known: dict[str, str] = {}
    assert isinstance(answered(IMPOSSIBLE, known, timeout=0.0)[0], Unknown)
    assert known == {}


def test_a_counterexample_that_is_not_confirmed_is_not_kept() -> None:
    known: dict[str, str] = {}
    found = Possible(*_unconfirmed(), confirmed=False)
    KnownAnswers(known, 1.0).note("key", found)
    assert known == {}


def _unconfirmed() -> tuple[Any, Any]:
    answer, _ = answered(POSSIBLE, {})
    assert isinstance(answer, Possible)
    return answer.request, answer.decision


def _others() -> dict[str, Question]:
    requests, held = POSSIBLE.requests, POSSIBLE.policies
    boundary = policies("s3:*", PolicyKind.BOUNDARY).documents[0]

    def asking(**change: Any) -> Question:
        return replace(POSSIBLE, requests=replace(requests, **change))

    def under(**change: Any) -> Question:
        return replace(POSSIBLE, policies=replace(held, **change))

    return {
        "action": asking(actions=("s3:PutObject",)),
        "caller": asking(callers=(exactly(service("events.amazonaws.com")),)),
        "exception": asking(
            callers=(CallerPattern(requests.callers[0].kind, except_arns=(ROLE,)),)
        ),
        "resource": asking(resource="*"),
        "formula": asking(where=(OUTSIDE,)),
        "context": asking(context={"aws:SourceVpc": ("vpc-1",)}),
        "no other keys": asking(no_other_keys=True),
        "policy": replace(POSSIBLE, policies=policies("s3:Get*")),
        "any identity policy": under(identity=ARBITRARY),
        "any resource policy": under(resource=ARBITRARY),
        "boundary": under(boundary=boundary),
        "endpoint": under(endpoint=boundary),
        "of the resource": under(resource=held.identity),
        "decides": under(resource_policy_decides=True),
        "refused by": replace(POSSIBLE, refused_by=policies("s3:Put*")),
        "refused by none": replace(POSSIBLE, refused_by=PoliciesInForce()),
    }


@pytest.mark.parametrize("part", sorted(_others()))
def test_each_part_of_a_question_makes_it_another_one(part: str) -> None:
    known = KnownAnswers({}, 5.0)
    assert known.key(_others()[part]) != known.key(POSSIBLE)


def test_another_limit_is_another_question() -> None:
    assert KnownAnswers({}, 5.0).key(POSSIBLE) != KnownAnswers({}, 6.0).key(POSSIBLE)


def test_equal_questions_are_one_question_in_every_process() -> None:
    """Equal, not the same: nothing in a key may depend on identities or on hashes."""
    program = "import test_known_answers as known; print(known.key_here())"
    keys = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=Path(__file__).parent,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert keys == {key_here()}


def key_here() -> str:
    """Return the key of a question that was made anew."""
    return KnownAnswers({}, 5.0).key(replace(POSSIBLE, policies=policies()))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        "{}",
        '{"queries": "many"}',
        '{"caller": []}',
        '{"caller": ["role"], "action": "s3:GetObject", "resource": "*", "context": []}',
        '{"caller": ["rule", "x", "y", "z"], "action": "a", "resource": "*", "context": {}}',
    ],
)
def test_what_is_no_answer_is_passed_over(text: str) -> None:
    known = {KnownAnswers({}, 5.0).key(POSSIBLE): text}
    answer, asked = answered(POSSIBLE, known)
    assert asked
    assert isinstance(answer, Possible)


@pytest.mark.parametrize(
    "change",
    [
        {"action": "s3:PutObject"},
        {"context": {}},
        {"context": {"aws:SourceVpc": ["vpc-2"]}},
        {"context": {"aws:SourceVpc": ["vpc-1"], "aws:sourcevpc": ["vpc-1"]}},
        {"caller": ["role", f"{ROLE}s", "111122223333", "session"]},
    ],
)
def test_a_counterexample_that_is_none_is_asked_about(change: dict[str, Any]) -> None:
    known: dict[str, str] = {}
    first, _ = answered(POSSIBLE, known)
    ((name, text),) = known.items()
    known[name] = json.dumps({**json.loads(text), **change})
    assert answered(POSSIBLE, known) == (first, True)
