"""Step caching: reuse of an earlier result of the same step.

Source: SageMaker AI developer guide, "Caching pipeline steps": certain attributes of the request
are compared, outputs are not; only successful runs of the same step of the same pipeline count,
within `ExpireAfter`, the most recent first.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mlops_common.times import now
from pipeline_local.jobs.storage import split_uri
from pipeline_local.runs.run_state import RunState, Status
from pipeline_local.runs.summary import step_artefacts
from pipeline_schema.step_types import step_type
from pipeline_schema.walking import member_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline_local.jobs.storage import ObjectStore
    from pipeline_local.runs.run_state import StepState
    from pipeline_schema.definition import Step
    from pipeline_schema.values import JsonObject

# A number and a unit each; the documentation's own examples ("30d", "T16m") lack the P.
_DURATION = re.compile(
    r"P?(?=[\dT])(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?",
    re.IGNORECASE,
)
_UNITS = (
    *(timedelta(days=365), timedelta(days=30), timedelta(weeks=1), timedelta(days=1)),
    *(timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)),
)


def problems(step: Step) -> Iterator[str]:
    """Validate a step's `CacheConfig`."""
    config = step.cache
    if not isinstance(config.get("Enabled", False), bool):
        yield f"CacheConfig.Enabled: {config['Enabled']!r} is not true or false"
    expiry = config.get("ExpireAfter")
    if expiry is not None and parse_duration(expiry) is None:
        yield f"CacheConfig.ExpireAfter: {expiry!r} is not an ISO 8601 duration such as P30D"


def parse_duration(text: object) -> timedelta | None:
    """Parse an ISO 8601 duration (a year has 365 days, a month 30); return None if it is none."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    numbers = (int(number or 0) for number in match.groups())
    return sum((n * unit for n, unit in zip(numbers, _UNITS, strict=True)), timedelta())


def cache_key(step: Step, arguments: JsonObject, settings: JsonObject) -> str | None:
    """Hash what two runs of a step must have in common, with all expressions evaluated."""
    attributes = step_type(step.type).cache_attributes
    if not attributes:
        return None
    request = {**settings, **arguments}
    compared = {name: member_at(request, name.split(".")) for name in attributes}
    text = json.dumps([step.name, step.type, compared], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprints(store: ObjectStore, step: StepState) -> dict[str, str]:
    """Return a digest of keys and ETags of each output in S3, by URI."""
    places = (place for _, place in step_artefacts(step) if place.startswith("s3://"))
    return {uri: _fingerprint(store, uri) for uri in places}


def find_earlier(
    step: Step, key: str, state: RunState, runs: Path, store: ObjectStore
) -> RunState | None:
    """Find the latest run whose result of a step is reusable: its outputs are still in S3."""
    if not step.cache.get("Enabled"):
        return None
    expiry = parse_duration(step.cache.get("ExpireAfter"))
    found = [
        other
        for other in _runs_that_mention(runs, key)
        if _where(other) == _where(state)
        and step.name in other.steps
        and _is_candidate(other.steps[step.name], key, expiry)
    ]
    for other in sorted(found, key=lambda run: run.steps[step.name].ended or "", reverse=True):
        earlier = other.steps[step.name]
        if fingerprints(store, earlier) == earlier.outputs:
            return other
    return None


def _fingerprint(store: ObjectStore, uri: str) -> str:
    from botocore.exceptions import ClientError

    bucket, prefix = split_uri(uri)
    prefix = prefix.rstrip("/")
    try:
        objects = store.list_objects(bucket, prefix)
    except ClientError:
        return ""
    ours = {k: tag for k, tag in objects.items() if k == prefix or k.startswith(f"{prefix}/")}
    return hashlib.sha256(json.dumps(ours, sort_keys=True).encode()).hexdigest()


def _runs_that_mention(runs: Path, key: str) -> Iterator[RunState]:
    """Yield the runs with a step of this key; searching text is faster than parsing JSON."""
    for path in runs.glob("*/state.json"):
        try:
            text = path.read_text()
            if key in text:
                yield RunState.from_json(json.loads(text))
        except (OSError, ValueError, TypeError, KeyError):
            continue  # a run that cannot be read has no result to give


def _where(state: RunState) -> tuple[str, str, str]:
    return state.account, state.region, state.pipeline_name


def _is_candidate(step: StepState, key: str, expiry: timedelta | None) -> bool:
    if step.status is not Status.SUCCEEDED or step.cache_key != key or step.reused_from:
        return False
    age = datetime.fromisoformat(now()) - datetime.fromisoformat(str(step.ended))
    return expiry is None or age <= expiry
