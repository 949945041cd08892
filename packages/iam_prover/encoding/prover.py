"""Child processes for questions, killed when z3 does not come back.

Not `multiprocessing`: spawning would run the caller's main module again.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, cast

from iam_prover.answers import Answer, Impossible, Unknown
from iam_prover.encoding.messages import Receiver, Sender
from iam_prover.errors import PolicyError
from iam_prover.known_answers import KnownAnswers
from iam_prover.question import DEFAULT_TIMEOUT
from iam_prover.trivially_impossible import is_trivially_impossible

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import Self

    from iam_prover.question import Question

# When z3 does not even stop at its limit of work: so many times what an idle machine would need,
# and the time in which a busy one starts a process.
_LAST_RESORT = 20
_GRACE = 60.0
# A process keeps terms and policies: one that has answered so many questions is not passed on.
_QUESTIONS = 500


class Prover:
    """Answers questions in child processes.

    Parameters
    ----------
    timeout : float
        Seconds that one question may take on an idle machine. They are counted as z3's work, so
        a question ends in the same way on a busy one; only a process that does not come back in
        20 times as long is killed.
    workers : int
        Processes; `ask` may be called from as many threads.
    known : mutable mapping of str to str, optional
        Answers of earlier provers, which this one looks up and adds to. What to do with it is the
        caller's: the prover writes no file.

    Examples
    --------
    >>> from iam_prover import PoliciesInForce, PolicyKind, Question, parse_policy, requests_like
    >>> document = {"Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}
    >>> held = PoliciesInForce((parse_policy(document, PolicyKind.IDENTITY, "queues.json"),))
    >>> sender = "arn:aws:iam::111122223333:role/Sender"
    >>> with Prover(timeout=5.0) as prover:
    ...     for action in ("sqs:SendMessage", "sns:Publish"):
    ...         type(prover.ask(Question(held, requests_like(sender, [action])))).__name__
    'Possible'
    'Impossible'
    """

    def __init__(
        self,
        timeout: float = DEFAULT_TIMEOUT,
        workers: int = 1,
        known: MutableMapping[str, str] | None = None,
    ) -> None:
        self._timeout = timeout
        self._known = None if known is None else KnownAnswers(known, timeout)
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._workers = [_Worker() for _ in range(workers)]
        for worker in self._workers:
            self._idle.put(worker)

    def __enter__(self) -> Self:
        """Start."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the processes to the next prover."""
        for worker in self._workers:
            worker.leave()

    @property
    def spent(self) -> float:
        """The work of z3 for all questions so far, in seconds of an idle machine."""
        return sum(each.spent for each in self._workers)

    def ask(self, question: Question) -> Answer:
        """Answer one question."""
        if is_trivially_impossible(question):
            return Impossible(0)
        if self._known is None:
            return self._ask(question)
        key = self._known.key(question)
        answer = self._known.find(key, question)
        if answer is None:
            answer = self._ask(question)
            self._known.note(key, answer)
        return answer

    def _ask(self, question: Question) -> Answer:
        worker = self._idle.get()
        try:
            return worker.ask(question, self._timeout)
        finally:
            self._idle.put(worker)


class ProverHere(Prover):
    """Answers questions in this process, which the kernel kills when z3 does not come back.

    For a process of its own that somebody waits for, in its main thread.
    """

    def _ask(self, question: Question) -> Answer:
        from iam_prover.encoding.solve import Budget, ask_within

        # By default, the signal ends the process: a handler would have to wait for z3.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, _GRACE + _LAST_RESORT * self._timeout)
        try:
            return ask_within(question, Budget(self._timeout))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


class _Process:
    """A child process; it ends with this one, whose end closes its standard input."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "iam_prover.encoding.worker"]
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.questions = Sender(cast("IO[bytes]", self.child.stdin))
        self.answers = Receiver(cast("IO[bytes]", self.child.stdout))
        self.asked = self.answered = 0

    def kill(self) -> None:
        self.child.kill()
        self.child.communicate()


# Idle processes, of this process alone; a start takes longer than most questions.
_spare: list[_Process] = []


@atexit.register
def _end() -> None:
    while _spare:
        _spare.pop().kill()


os.register_at_fork(after_in_child=_spare.clear)


class _Worker:
    """One child process, taken or started when first needed and again after it was killed."""

    def __init__(self) -> None:
        self._process: _Process | None = None
        self.spent = 0.0

    def ask(self, question: Question, timeout: float) -> Answer:
        wait = _GRACE + _LAST_RESORT * timeout
        process = self._process = self._process or _take()
        process.asked += 1
        try:
            process.questions.send((question, timeout))
            answer, spent = process.answers.receive(wait)
        except (TimeoutError, OSError, EOFError) as error:
            self.kill()
            self.spent += timeout
            over = isinstance(error, TimeoutError)
            return Unknown(f"z3 did not stop in {wait:g} s" if over else "z3's process ended")
        process.answered += 1
        self.spent += spent
        if isinstance(answer, PolicyError):
            raise answer
        return cast("Answer", answer)

    def leave(self) -> None:
        """Pass the process on; one that still works on a question is killed."""
        process = self._process
        if process and process.asked == process.answered < _QUESTIONS:
            _spare.append(process)
            self._process = None
        self.kill()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None


def _take() -> _Process:
    while _spare:
        process = _spare.pop()
        if process.child.poll() is None:
            return process
    return _Process()
