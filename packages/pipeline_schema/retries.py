"""Retry policies of steps (SageMaker AI developer guide, "Retry policy for pipeline steps")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_schema.known_fields import unknown_fields
from pipeline_schema.values import as_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# What no step here meets: only the published JSON schema of definitions has it.
_UNMET = ("Emr.RESOURCE_LIMIT",)
STEP_EXCEPTIONS = ("Step.SERVICE_FAULT", "Step.THROTTLING")
JOB_EXCEPTIONS = (
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.RESOURCE_LIMIT",
)
_LIMITS: dict[str, tuple[int, int | None]] = {
    "MaxAttempts": (1, 20),
    "ExpireAfterMin": (1, 14400),
    "IntervalSeconds": (0, None),
    "BackoffRate": (0, None),
}


@dataclass(frozen=True)
class RetryPolicy:
    """Conditions and limits of a step's retries."""

    exceptions: tuple[str, ...]
    interval_seconds: float = 1.0
    backoff_rate: float = 2.0
    max_attempts: int | None = None
    expire_after_seconds: float | None = None

    @classmethod
    def parse(cls, policy: Mapping[str, Any]) -> RetryPolicy:
        """Parse a valid policy (see `retry_problems`)."""
        minutes = policy.get("ExpireAfterMin")
        return cls(
            exceptions=tuple(_exceptions(policy)),
            interval_seconds=policy.get("IntervalSeconds", 1),
            backoff_rate=policy.get("BackoffRate", 2.0),
            max_attempts=policy.get("MaxAttempts"),
            expire_after_seconds=minutes * 60.0 if isinstance(minutes, (int, float)) else None,
        )

    def wait_before(self, retry: int, elapsed: float) -> float | None:
        """Return the seconds to wait before a retry, None for no retry; `elapsed` are seconds."""
        if self.max_attempts is not None and retry > self.max_attempts:
            return None
        wait = self.interval_seconds * self.backoff_rate ** (retry - 1)
        if self.expire_after_seconds is not None and elapsed + wait > self.expire_after_seconds:
            return None
        return wait


def policy_for(policies: Sequence[RetryPolicy], exception: str) -> RetryPolicy | None:
    """Return the first policy that names a kind of failure."""
    return next((policy for policy in policies if exception in policy.exceptions), None)


def retry_problems(policies: Sequence[object]) -> Iterator[str]:
    """Yield the problems of a step's retry policies."""
    for index, policy in enumerate(policies):
        where = f"RetryPolicies[{index}]"
        if not isinstance(policy, Mapping):
            yield f"{where}: is not an object"
            continue
        yield from unknown_fields("a retry policy", policy, where)
        exceptions = _exceptions(policy)
        if not exceptions:
            yield f"{where}.ExceptionType: is missing or empty"
            continue
        known = (*STEP_EXCEPTIONS, *JOB_EXCEPTIONS)
        for exception in exceptions:
            if exception not in (*known, *_UNMET):
                yield f"{where}.ExceptionType: {exception!r} is not one of {', '.join(known)}"
        if ("MaxAttempts" in policy) == ("ExpireAfterMin" in policy):
            yield f"{where}: needs exactly one of MaxAttempts and ExpireAfterMin"
        yield from _number_problems(policy, where)


def _exceptions(policy: Mapping[str, Any]) -> list[Any]:
    """Return the exceptions of a policy: a list, as the SDK writes it, or one by itself."""
    stated = policy.get("ExceptionType")
    return [stated] if isinstance(stated, str) else as_list(stated)


def _number_problems(policy: Mapping[str, Any], where: str) -> Iterator[str]:
    for key, (low, high) in _LIMITS.items():
        value = policy.get(key, low)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or value < low or (high is not None and value > high):
            allowed = f"{low} to {high}" if high else f"{low} or more"
            yield f"{where}.{key}: {value!r} is not a number of {allowed}"
