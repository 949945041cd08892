"""The figures of a run in CloudWatch, in the environment's one namespace.

Jobs have no network: they write their figures into a property file, and the pipeline hands them to
this function. Its role puts metrics in this namespace and does nothing else.
"""

from __future__ import annotations

import json
import logging
import os
import re
from datetime import UTC, datetime
from typing import Any

import boto3

logger = logging.getLogger()
logger.setLevel(logging.INFO)

# Figures by kind and by feature stand beside the figure itself, under its name and one of these.
BY = {"ByKind": "Kind", "ByFeature": "Feature"}
UNITS = {"DurationSeconds": "Seconds", "DriftDistance": "None", "EstimatedCost": "None"}
# Model Monitor's figures that are no count.
NOT_COUNTED = ("DriftDistance", "EstimatedCost", "ModelQuality")
REHEARSAL = "-rehearsal"
MOST_AT_ONCE, LONGEST_DIMENSION = 1000, 1024
MILLISECONDS_FROM = 1e11


def handle(event: dict[str, Any], context: object) -> dict[str, int]:
    """Publish the figures of a run.

    Parameters
    ----------
    event : dict
        ``pipeline``: its short name. ``figures``: JSON text, a number by name, and mappings of
        numbers under a name that ends with ``ByKind`` or ``ByFeature``. ``started``: the start of
        the run. ``instance_type`` and ``instance_count``: those of its jobs. ``rehearsal``: ``yes``
        for a test, whose figures no alarm is to see.
    """
    del context
    figures = json.loads(event["figures"])
    seconds = max(0.0, (datetime.now(UTC) - moment(str(event["started"]))).total_seconds())
    figures["DurationSeconds"] = seconds
    cost = estimated_cost(
        seconds,
        str(event["instance_type"]),
        int(event["instance_count"]),
        json.loads(os.environ.get("PRICES_PER_HOUR", "{}")),
    )
    if cost is not None:
        figures["EstimatedCost"] = cost
    ending = REHEARSAL if event.get("rehearsal") == "yes" else ""
    metrics = metrics_of(f"{event['pipeline']}{ending}", figures)
    cloudwatch = boto3.client("cloudwatch")
    namespace = os.environ["NAMESPACE"]
    for start in range(0, len(metrics), MOST_AT_ONCE):
        cloudwatch.put_metric_data(
            Namespace=namespace, MetricData=metrics[start : start + MOST_AT_ONCE]
        )
    logger.info("%s: %s", namespace, json.dumps(figures, sort_keys=True))
    return {"Published": len(metrics)}


def metrics_of(pipeline: str, figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Make metrics of figures."""
    metrics: list[dict[str, Any]] = []
    for name, value in sorted(figures.items()):
        ending = next((each for each in BY if name.endswith(each)), "")
        plain = name.removesuffix(ending)
        parts = value.items() if ending else [("", value)]
        for part, number in parts:
            dimensions = [{"Name": "Pipeline", "Value": pipeline}]
            if ending:
                dimensions.append({"Name": BY[ending], "Value": dimension(part)})
            metrics.append(
                {
                    "MetricName": plain,
                    "Dimensions": dimensions,
                    "Value": float(number),
                    "Unit": unit_of(plain),
                }
            )
    return metrics


def dimension(text: str) -> str:
    """Write a name, such as a sender's name of a column, as the value of a dimension.

    The value is ASCII without control characters, visible, and no longer than CloudWatch takes (API
    Reference, Dimension).
    """
    ascii_only = text.encode("ascii", "backslashreplace").decode("ascii")
    shown = "".join(each if each.isprintable() else "?" for each in ascii_only).strip()
    return shown[:LONGEST_DIMENSION] or "(blank)"


def unit_of(name: str) -> str:
    """Return the unit of a metric by its name."""
    if name in UNITS:
        return UNITS[name]
    return "None" if name.startswith(NOT_COUNTED) else "Count"


def estimated_cost(
    seconds: float, instance_type: str, count: int, prices: dict[str, float]
) -> float | None:
    """Estimate the cost of a run's instances in US dollars, None for a type without a price.

    The jobs run one after another, so that the cost of `count`, the most instances that a job has,
    is the upper limit.
    """
    price = prices.get(instance_type)
    return None if price is None else round(seconds / 3600 * price * count, 6)


def moment(text: str) -> datetime:
    """Read the start of a run: ISO 8601, or seconds or milliseconds since 1970."""
    try:
        number = float(text)
    except ValueError:
        found = datetime.fromisoformat(re.sub(r"\.\d+", "", text.strip().replace("Z", "+00:00")))
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return datetime.fromtimestamp(number / 1000 if number > MILLISECONDS_FROM else number, UTC)
