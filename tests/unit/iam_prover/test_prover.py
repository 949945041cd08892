"""Questions asked in a process that can be killed; and what comes back when z3 has no answer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from iam_prover.answers import Impossible, Possible, Unknown
from iam_prover.encoding import prover
from iam_prover.encoding.prover import Prover
from iam_prover.encoding.solve import ask
from iam_prover.errors import PolicyError
from iam_prover.evaluator import PoliciesInForce
from iam_prover.formulas import key
from iam_prover.parsing import parse_policy
from iam_prover.policy import PolicyKind
from iam_prover.principals import role
from iam_prover.question import Question, RequestPattern, exactly
from iam_prover.request import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.answers import Answer

ROLE = role("arn:aws:iam::111122223333:role/Job")


def question(action: str, **conditions: Any) -> Question:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": conditions}
    document = {"Version": "2012-10-17", "Statement": statement}
    policies = PoliciesInForce((parse_policy(document, PolicyKind.IDENTITY, "p"),))
    return Question(policies, RequestPattern((exactly(ROLE),), (action,)))


def child(asked: Prover, number: int = 0) -> subprocess.Popen[bytes]:
    process = asked._workers[number]._process
    assert process is not None
    return process.child


def test_answers_come_in_order_from_several_processes() -> None:
    questions = [question("s3:GetObject"), question("kms:Decrypt")] * 3
    with Prover(workers=2) as asked, ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(asked.ask, questions))
    assert [type(answer) for answer in answers] == [Possible, Impossible] * 3


def test_a_process_that_does_not_answer_is_killed_and_the_next_question_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Prover() as asked:
        assert isinstance(asked.ask(question("s3:GetObject")), Possible)
        monkeypatch.setattr(prover, "_GRACE", 0.1)
        monkeypatch.setattr(prover, "_LAST_RESORT", 0)
        process = child(asked)
        os.kill(process.pid, signal.SIGSTOP)
        answer = asked.ask(question("s3:GetObject"))
        assert answer == Unknown("z3 did not stop in 0.1 s")
        assert process.poll() is not None
        monkeypatch.undo()
        assert isinstance(asked.ask(question("s3:GetObject")), Possible)


def test_the_next_prover_has_the_process_of_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = question("s3:GetObject")
    with Prover() as first:
        first.ask(asked)
        process = child(first)
    assert process.poll() is None
    with Prover() as second:
        second.ask(asked)
        assert child(second) is process
        monkeypatch.setattr(prover, "_QUESTIONS", 2)
    assert process.poll() is not None
    with Prover() as third:
        third.ask(asked)
        assert child(third) is not process


def test_a_process_that_works_on_a_question_is_not_passed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Prover() as first:
        first.ask(question("s3:GetObject"))
        process = child(first)

        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(first._workers[0]._process.answers, "receive", interrupted)
        with pytest.raises(KeyboardInterrupt):
            first.ask(question("s3:GetObject"))
    assert process.poll() is not None


def test_processes_end_with_the_one_that_asked() -> None:
    code = (
        "import test_prover as t; from iam_prover.encoding.prover import Prover, _spare\n"
        "with Prover() as asked: asked.ask(t.question('s3:GetObject'))\n"
        "print(*[each.child.pid for each in _spare], flush=True)\n"
        "import os; os._exit(0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    )
    (pid,) = done.stdout.split()
    deadline = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_process_that_ends_by_itself_is_no_proof() -> None:
    with Prover() as asked:
        asked.ask(question("s3:GetObject"))
        process = child(asked)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert asked.ask(question("s3:GetObject")) == Unknown("z3's process ended")


def test_what_no_statement_allows_needs_no_process() -> None:
    with Prover() as asked:
        assert asked.ask(question("kms:Decrypt")) == Impossible(0)
        assert asked._workers[0]._process is None


# Impossible, but only z3 can tell: the condition contradicts itself.
CONTRADICTION = {"StringEquals": {"acme:Team": "a"}, "StringNotEquals": {"acme:Team": "a"}}


def test_no_time_is_no_proof() -> None:
    asked = question("s3:GetObject", **CONTRADICTION)
    assert isinstance(ask(asked, timeout=0), Unknown)
    assert isinstance(ask(asked), Impossible)


def test_a_question_that_exceeds_its_limit_says_so() -> None:
    answer = ask(question("s3:GetObject", **CONTRADICTION), timeout=0.00001)
    assert answer == Unknown(
        "z3 gave no answer for s3:GetObject: "
        "the limit of 1e-05 s (work of an idle machine) is reached"
    )


@pytest.fixture
def busy_loops() -> Iterator[None]:
    """Keep two processors busy."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    yield
    for loop in loops:
        loop.kill()
        loop.wait()


def answers_by_limit() -> list[Answer]:
    conditions = {"StringLike": {"acme:Team": "a*b"}, "StringNotLike": {"acme:Team": "ab*"}}
    answers = []
    for limit in (0.001, 0.004, 0.016, 0.064):
        with Prover(limit) as each:
            answers.append(each.ask(question("s3:GetObject", **conditions)))
    return answers


def test_a_busy_machine_changes_no_answer(request: pytest.FixtureRequest) -> None:
    idle = answers_by_limit()
    request.getfixturevalue("busy_loops")
    assert answers_by_limit() == idle
    assert {type(answer) for answer in idle} == {Unknown, Possible}


def test_what_is_left_free_may_give_a_counterexample_that_is_not_confirmed() -> None:
    """A key compared both as number and as text: the numbers are left free."""
    conditions = {"NumericLessThan": {"acme:Size": "5"}, "StringEquals": {"acme:Size": "7"}}
    answer = ask(question("s3:GetObject", **conditions))
    assert isinstance(answer, Possible)
    assert not answer.confirmed
    assert "NumericLessThan acme:Size" in answer.free[0]


def test_the_statements_that_let_a_request_through_are_named() -> None:
    answer = ask(question("s3:GetObject", StringEquals={"aws:SourceVpce": "vpce-1"}))
    assert isinstance(answer, Possible)
    assert [statement.where for statement in answer.decision.statements] == ["p, statement 0"]
    assert "with aws:SourceVpce = vpce-1" in str(answer.request)


def test_a_pattern_in_a_form_that_iam_leaves_open_is_refused() -> None:
    with pytest.raises(PolicyError, match="say ForAnyValue: or ForAllValues:"):
        key("StringEquals", "aws:TagKeys", "a")
    with pytest.raises(PolicyError, match="leaves open"):
        key("ForAnyValue:StringEqualsIfExists", "aws:TagKeys", "a")


BAD_CONTEXTS: list[tuple[dict[str, tuple[str, ...]], str]] = [
    ({"aws:PrincipalAccount": ("444455556666",)}, "must be .* for this caller"),
    ({"aws:TagKeys": ("a",), "aws:tagkeys": ("b",)}, "twice"),
    ({"aws:TagKeys": ("",)}, "leave the key out"),
]


@pytest.mark.parametrize(("context", "message"), BAD_CONTEXTS)
def test_a_context_that_cannot_be_is_refused(
    context: dict[str, tuple[str, ...]], message: str
) -> None:
    with pytest.raises(PolicyError, match=message):
        Request(ROLE, "s3:GetObject", "*", context)


def compared(now: dict[str, Any], before: dict[str, Any]) -> Question:
    new, old = question("s3:GetObject", **now), question("s3:GetObject", **before)
    return Question(new.policies, new.requests, refused_by=old.policies)


def test_what_other_policies_refuse_is_found_and_nothing_else() -> None:
    wide = {"StringLike": {"aws:SourceVpce": "vpce-*"}}
    narrow = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    assert isinstance(ask(compared(narrow, wide)), Impossible)
    found = ask(compared(wide, narrow))
    assert isinstance(found, Possible)
    assert found.confirmed
    assert found.request.values("aws:SourceVpce") != ("vpce-1",)


def test_what_is_left_open_proves_nothing_against_other_policies() -> None:
    open_ = {"NumericLessThan": {"acme:Size": "5"}, "StringLike": {"acme:Size": "4*"}}
    answer = ask(compared(open_, open_))
    assert isinstance(answer, Unknown)
    assert "NumericLessThan acme:Size" in answer.reason
