"""The message of a job's end, good or bad."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tabular.paths import output_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_BYTES = 1024
"""The size of a message that SageMaker keeps (`FailureReason` and `ExitMessage` have 1 KB)."""


class JobError(Exception):
    """Bad data, bad arguments, bad inputs: the message says what, where and what to do."""


def report_failure(message: str) -> None:
    """Leave the message for SageMaker, and on standard error.

    A training job's `FailureReason` comes from `output/failure`, a processing job's `ExitMessage`
    from `output/message` (SageMaker developer guide, "How Amazon SageMaker AI Signals Algorithm
    Success and Failure" and "Save and Access Metadata Information About Your Processing Job").
    Writing both is right in either.
    """
    print(f"error: {message}", file=sys.stderr)
    for name in ("failure", "message"):
        _leave(name, message)


def report_end(message: str) -> None:
    """Print a job's result in one line, and leave it as a processing job's `ExitMessage`."""
    print(message)
    _leave("message", message)


def _leave(name: str, message: str) -> None:
    file = output_file(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(message.encode()[:MOST_BYTES].decode(errors="ignore"), encoding="utf-8")


def exit_code_of(
    job: Callable[[Sequence[str]], None], arguments: Sequence[str] | None = None
) -> int:
    """Run a job with its command line; turn a `JobError` into a message and an exit code.

    Anything else is a defect of ours and keeps its traceback, after its summary is left for
    SageMaker.
    """
    try:
        job(sys.argv[1:] if arguments is None else arguments)
    except JobError as error:
        report_failure(str(error))
        return 1
    except Exception as error:
        report_failure(f"{type(error).__name__}: {error}")
        raise
    return 0
