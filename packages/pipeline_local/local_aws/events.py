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
    detail = {
        key: value
        for key, value in description.items()
        if key not in {"CreatedBy", "LastModifiedBy"}
    }
    detail.setdefault("LastModifiedTime", detail["CreationTime"])
    now = determinism.now()
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": MODEL_PACKAGE_STATE_CHANGE,
        "source": "aws.sagemaker",
        "account": account,
        "time": _text(now),
        "region": region,
        "resources": [description["ModelPackageArn"]],
        "detail": detail,
    }
    plain: dict[str, Any] = json.loads(json.dumps(event, default=_text))
    return plain


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
