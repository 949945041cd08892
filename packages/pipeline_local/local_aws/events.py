"""The events that SageMaker sends to EventBridge and moto does not."""

from __future__ import annotations

import json
import uuid
from datetime import UTC
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws import determinism

if TYPE_CHECKING:
    from datetime import datetime

MODEL_PACKAGE_STATE_CHANGE = "SageMaker Model Package State Change"

_emitted: list[dict[str, Any]] = []


def model_package_event(description: dict[str, Any], account: str, region: str) -> dict[str, Any]:
    """Build the event of a model package whose state changed.

    Source:
    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """
    detail = {k: v for k, v in description.items() if k not in {"CreatedBy", "LastModifiedBy"}}
    detail.setdefault("LastModifiedTime", detail["CreationTime"])
    source, arn = "aws.sagemaker", description["ModelPackageArn"]
    event = envelope(
        source,
        MODEL_PACKAGE_STATE_CHANGE,
        account=account,
        region=region,
        resource=arn,
        detail=detail,
    )
    plain: dict[str, Any] = json.loads(json.dumps(event, default=_text))
    return plain


def envelope(
    source: str, kind: str, *, account: str, region: str, resource: str, detail: dict[str, Any]
) -> dict[str, Any]:
    """Build an event as EventBridge delivers it."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": kind,
        "source": source,
        "account": account,
        "time": _text(determinism.now()),
        "region": region,
        "resources": [resource],
        "detail": detail,
    }


def _text(moment: datetime) -> str:
    # moto's dates are naive and mean UTC.
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.strftime("%Y-%m-%dT%H:%M:%SZ")


def emit(event: dict[str, Any]) -> None:
    """Send an event while a request is answered."""
    _emitted.append(event)


def collect() -> list[dict[str, Any]]:
    """Return the events that were emitted since the last call."""
    events = list(_emitted)
    _emitted.clear()
    return events
