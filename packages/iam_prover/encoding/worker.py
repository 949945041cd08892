"""The child process of a `Prover`: answers questions from the standard input until it ends."""

from __future__ import annotations

import sys

from iam_prover.encoding.messages import receive, send
from iam_prover.encoding.solve import ask
from iam_prover.errors import PolicyError


def serve() -> None:
    """Answer one question after the other."""
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            question, timeout = receive(questions)
        except EOFError:
            return
        try:
            answer: object = ask(question, timeout)
        except PolicyError as error:
            answer = error
        send(answers, answer)


if __name__ == "__main__":
    serve()
