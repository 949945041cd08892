"""Try a step, and try it again where its retry policies say so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mlops.errors import MlopsError
from mlops.local.retries import policy_for
from mlops.local.work import RunStopped, StepFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops.local.run_state import StepState
    from mlops.local.values import JsonObject
    from mlops.local.work import Work

_SERVER_ERRORS = 500
_THROTTLING = ("ThrottlingException", "Throttling", "TooManyRequestsException", "SlowDown")


def attempt(work: Work, run: Callable[[Work], JsonObject], known: StepState) -> JsonObject:
    """Run a step until it succeeds, or fails in a way that no policy retries.

    Parameters
    ----------
    work : Work
        The step.
    run : callable
        The handler of its type.
    known : StepState
        Counts the attempts.

    Returns
    -------
    dict
        The step's properties.

    Raises
    ------
    StepFailed
        The last failure.
    RunStopped
        If the run was stopped.
    """
    started = time.monotonic()
    retry = 0
    while True:
        known.attempts += 1
        try:
            return _run_once(work, run)
        except StepFailed as failure:
            policy = policy_for(work.step.retry_policies, failure.exception)
            retry += 1
            pause = policy.wait_before(retry, time.monotonic() - started) if policy else None
            if pause is None:
                raise
            if work.run.stop.wait(pause):
                raise RunStopped from None


def _run_once(work: Work, run: Callable[[Work], JsonObject]) -> JsonObject:
    from botocore.exceptions import BotoCoreError, ClientError

    if work.run.stop.is_set():
        raise RunStopped
    try:
        return run(work)
    except StepFailed:
        raise
    except MlopsError as error:
        raise StepFailed(f"ClientError: {error}") from error
    except ClientError as error:
        raise StepFailed(f"ClientError: {error}", _exception_of(error.response)) from error
    except BotoCoreError as error:
        raise StepFailed(f"the local AWS does not answer: {error}", "Step.SERVICE_FAULT") from error
    except OSError as error:
        raise StepFailed(f"InternalServerError: {error}", "SageMaker.JOB_INTERNAL_ERROR") from error


def _exception_of(response: object) -> str:
    """Name the kind of failure that retry policies know for an API's error."""
    if not isinstance(response, dict):
        return ""
    if response.get("Error", {}).get("Code") in _THROTTLING:
        return "Step.THROTTLING"
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return "Step.SERVICE_FAULT" if status >= _SERVER_ERRORS else ""
