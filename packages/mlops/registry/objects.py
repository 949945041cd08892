"""JSON objects beside the registry: evaluation figures, the champion's description.

The perimeter denies everyone outside the VPC the objects of a bucket, also a person at the command
line. What cannot be read is left out; the registry itself still answers.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ABSENT = {"NoSuchKey", "NoSuchBucket", "404"}
_REFUSED = {"AccessDenied", "403"}


class Refused(Exception):  # noqa: N818 (not an error of this program, but the perimeter)
    """Refused access to an object."""


def read_json(s3: S3Client, bucket: str, key: str) -> dict[str, Any] | None:
    """Read a JSON object; raise `Refused` where the perimeter denies access."""
    from botocore.exceptions import ClientError

    try:
        content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _ABSENT:
            return None
        if code in _REFUSED:
            raise Refused(f"s3://{bucket}/{key}") from error
        raise
    try:
        value = json.loads(content)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def read_metrics(s3: S3Client, url: str) -> dict[str, float]:
    """Read the metrics of a SageMaker model-quality statistics file; none if unreadable."""
    place = urlparse(url)
    if place.scheme != "s3":
        return {}
    try:
        content = read_json(s3, place.netloc, place.path.lstrip("/"))
    except Refused:
        return {}
    found: dict[str, float] = {}
    for name, metrics in (content or {}).items():
        if not name.endswith("_metrics") or not isinstance(metrics, dict):
            continue
        for metric, figure in metrics.items():
            value = figure.get("value") if isinstance(figure, dict) else None
            if isinstance(value, int | float) and not isinstance(value, bool):
                found[metric] = float(value)
    return found
