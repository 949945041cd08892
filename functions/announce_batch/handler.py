"""An announcement on the environment's event bus that a batch was scored."""

from __future__ import annotations

import json
import logging
import os
from typing import Any

import boto3

logger = logging.getLogger()
logger.setLevel(logging.INFO)

SOURCE, DETAIL_TYPE, REHEARSED = "secure-mlops", "Batch Scored", "Batch Rehearsed"


def handle(event: dict[str, Any], context: object) -> dict[str, str]:
    """Put the event on the bus.

    The event holds ``pipeline``, its short name; ``batch``, the JSON text of the announcement;
    ``predictions``, the S3 URI below which they are; ``rehearsal``, ``yes`` for a test.
    """
    del context
    detail = {
        **json.loads(event["batch"]),
        "environment": os.environ["ENVIRONMENT"],
        "pipeline": str(event["pipeline"]),
        "predictions": str(event["predictions"]),
    }
    answer = boto3.client("events").put_events(
        Entries=[
            {
                "EventBusName": os.environ["EVENT_BUS"],
                "Source": SOURCE,
                "DetailType": REHEARSED if event.get("rehearsal") == "yes" else DETAIL_TYPE,
                "Detail": json.dumps(detail, sort_keys=True),
                "Resources": [detail["model_package_arn"]],
            }
        ]
    )
    (entry,) = answer["Entries"]
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"the bus did not take it: {entry.get('ErrorMessage')}")
    logger.info("announced: %s", json.dumps(detail, sort_keys=True))
    return {"EventId": entry["EventId"]}
