"""The child process of a `Prover`: answers questions from the standard input until it ends."""

from __future__ import annotations

import gc
import sys

from iam_prover.encoding.messages import Receiver, Sender
from iam_prover.encoding.solve import Budget, ask_within
from iam_prover.errors import PolicyError


def serve() -> None:
    """Answer one question after the other."""
    gc.set_threshold(100_000)  # terms are kept, and are in no cycles
    questions, answers = Receiver(sys.stdin.buffer), Sender(sys.stdout.buffer)
    while True:
        try:
            question, timeout = questions.receive()
        except EOFError:
            return
        budget = Budget(timeout)
        try:
            answer: object = ask_within(question, budget)
        except PolicyError as error:
            answer = error
        answers.send((answer, budget.spent))


if __name__ == "__main__":
    serve()
