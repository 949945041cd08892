"""Attempts of a step, with the retries that its policies ask for.

Failures here, and the types that retry policies know:

- `Step.THROTTLING`: the endpoint's API answers `ThrottlingException`, `SlowDown`, …
- `Step.SERVICE_FAULT`: it answers with 5xx, or not at all.
- `SageMaker.RESOURCE_LIMIT`: a limit of the account is reached.
- `SageMaker.CAPACITY_ERROR`: this machine is out of memory, processes, open files or disk space.
- `SageMaker.JOB_INTERNAL_ERROR`: the kernel refuses the job its namespaces, or a file system fails.

As on SageMaker, a script that fails, a missing input and a wrong request are never retried.
"""

from __future__ import annotations

import errno
import time
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError
from pipeline_local.jobs.work import RunStopped, StepFailed
from pipeline_schema.retries import policy_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline_local.jobs.work import Work
    from pipeline_local.runs.run_state import StepState
    from pipeline_schema.values import JsonObject

_SERVER_ERRORS = 500
_THROTTLING = ("ThrottlingException", "Throttling", "TooManyRequestsException", "SlowDown")
_LIMITS = ("ResourceLimitExceeded", "LimitExceededException", "ServiceQuotaExceededException")
# What this machine lacks for the moment, as an instance type may lack capacity in a zone.
_SHORT_OF = (errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOSPC)


def attempt(work: Work, run: Callable[[Work], JsonObject], known: StepState) -> JsonObject:
    """Run a step until it succeeds, or fails in a way that no policy retries."""
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
        if error.errno in _SHORT_OF:
            raise StepFailed(f"CapacityError: {error}", "SageMaker.CAPACITY_ERROR") from error
        raise StepFailed(f"InternalServerError: {error}", "SageMaker.JOB_INTERNAL_ERROR") from error


def _exception_of(response: object) -> str:
    """Return the failure type that retry policies know for an API's error."""
    if not isinstance(response, dict):
        return ""
    code = response.get("Error", {}).get("Code")
    if code in _THROTTLING:
        return "Step.THROTTLING"
    if code in _LIMITS:
        return "SageMaker.RESOURCE_LIMIT"
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return "Step.SERVICE_FAULT" if status >= _SERVER_ERRORS else ""
