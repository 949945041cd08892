"""Price look-up in AWS's Pricing API, whose endpoint exists in few regions and serves all.

A price is found by service and the end of its usage type, which AWS leaves alone when it renames
other attributes (AWS Price List guide, "GetProducts").
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mlops.prices.price_file import PriceFile

HOME = "us-east-1"
SOURCE = "AWS Price List API, on demand"
_CODEBUILD = {
    "BUILD_GENERAL1_SMALL": "g1.small",
    "BUILD_GENERAL1_MEDIUM": "g1.medium",
    "BUILD_GENERAL1_LARGE": "g1.large",
}
# Name of a price (up to a colon) -> service code and the end of its usage type. Each was seen in
# public price lists or bills: a region's prefix may stand before it, in us-east-1, too.
_USAGE = {
    "interface-endpoint-hour": ("AmazonVPC", r"VpcEndpoint-Hours"),
    "nat-gateway-hour": ("AmazonEC2", r"NatGateway-Hours"),
    "kms-key-month": ("awskms", r"KMS-Keys"),
    "alarm-month": ("AmazonCloudWatch", r"CW:AlarmMonitorUsage"),
    "high-resolution-alarm-month": ("AmazonCloudWatch", r"CW:HighResAlarmMonitorUsage"),
    "composite-alarm-month": ("AmazonCloudWatch", r"CW:CompositeAlarmMonitorUsage"),
    "metric-month": ("AmazonCloudWatch", r"CW:MetricMonitorUsage"),
    "dashboard-month": ("AmazonCloudWatch", r"DashboardsUsageHour(?:-Basic)?"),
    "secret-month": ("AWSSecretsManager", r"AWSSecretsManager-Secrets"),
    "s3-standard-gb-month": ("AmazonS3", r"TimedStorage-ByteHrs"),
    "sagemaker-job-hour": ("AmazonSageMaker", r"(?:Train|Processing):{0}"),
    "codebuild-minute": ("CodeBuild", r"Build-Min:Linux:{0}"),
}
# Filter by product family, where a service has tens of thousands in a region, or where a
# product belongs to no region: those of dashboards have an empty regionCode.
_PRODUCT_FAMILIES = {"nat-gateway-hour": "NAT Gateway", "dashboard-month": "Dashboard"}
_OF_NO_REGION = {"dashboard-month"}


@dataclass
class Refreshed:
    """Result of a look-up; prices that AWS did not name stay as they were."""

    content: dict[str, Any]
    found: int = 0
    changed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write the price file."""
        try:
            write_atomically(path, json.dumps(self.content, indent=2, sort_keys=True) + "\n")
        except OSError as error:
            raise MlopsError(f"{path}: cannot be written: {error.strerror}") from None

    def as_json(self) -> dict[str, Any]:
        """Return the counts as a JSON object."""
        return {"found": self.found, "changed": self.changed, "missing": self.missing}

    def in_words(self) -> Iterator[str]:
        """Yield the result as lines."""
        yield f"{self.found} prices found, {len(self.changed)} of them new or different"
        yield from (f"  {each}" for each in self.changed)
        if self.missing:
            yield "not found, and left with their old date:"
            yield from (f"  {each}" for each in self.missing)


def refreshed(prices: PriceFile, regions: Sequence[str] = (), client: Any = None) -> Refreshed:
    """Look up every price of the file."""
    import boto3

    client = client or boto3.client("pricing", region_name=HOME)
    content = json.loads(json.dumps(prices.content))
    outcome = Refreshed(content)
    every = sorted({name for rows in content["regions"].values() for name in rows})
    today = datetime.now(UTC).date().isoformat()
    for region in regions or prices.regions:
        rows = content["regions"].setdefault(region, {})
        for (service, filters), names in _by_request(sorted(rows) or every, region).items():
            offers = list(_offers(client, service, filters))
            for name in names:
                amount = _amount(name, offers)
                if amount is None:
                    outcome.missing.append(f"{region} {name}")
                    continue
                outcome.found += 1
                old = rows.get(name, {}).get("price")
                if old != amount:
                    outcome.changed.append(f"{region} {name}: {old or 'unknown'} → {amount}")
                rows[name] = {"price": amount, "date": today, "source": SOURCE}
    if not outcome.found:
        raise MlopsError("AWS returned none of the prices; nothing was written")
    return outcome


def _by_request(
    names: Sequence[str], region: str
) -> dict[tuple[str, tuple[tuple[str, str], ...]], list[str]]:
    """Group prices by the request that returns them: service and product filters."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
    for name in names:
        head = name.partition(":")[0]
        if head in _USAGE:
            filters = [] if head in _OF_NO_REGION else [("regionCode", region)]
            if head in _PRODUCT_FAMILIES:
                filters.append(("productFamily", _PRODUCT_FAMILIES[head]))
            found.setdefault((_USAGE[head][0], tuple(filters)), []).append(name)
    return found


def _offers(
    client: Any, service: str, filters: tuple[tuple[str, str], ...]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield usage type and on-demand terms of every matching product."""
    pages = client.get_paginator("get_products").paginate(
        ServiceCode=service,
        Filters=[
            {"Type": "TERM_MATCH", "Field": field_, "Value": value} for field_, value in filters
        ],
        FormatVersion="aws_v1",
    )
    for page in pages:
        for text in page["PriceList"]:
            product = json.loads(text)
            usage = product["product"]["attributes"].get("usagetype", "")
            yield usage, product.get("terms", {}).get("OnDemand", {})


def _amount(name: str, offers: Sequence[tuple[str, dict[str, Any]]]) -> float | None:
    """Find one price: the first tier's, and the lowest of several products."""
    head, _, variant = name.partition(":")
    _, usage = _USAGE[head]
    wanted = re.compile(rf"(?:.*-)?{usage.format(re.escape(_CODEBUILD.get(variant, variant)))}")
    amounts = [
        amount
        for kind, terms in offers
        if wanted.fullmatch(kind)
        for term in terms.values()
        for amount in _first_tier(term)
    ]
    return min(amounts) if amounts else None


def _first_tier(term: dict[str, Any]) -> Iterator[float]:
    """Yield the price of the first tier that is not free."""
    tiers = sorted(
        (float(each.get("beginRange") or 0), float(each["pricePerUnit"].get("USD", 0)))
        for each in term.get("priceDimensions", {}).values()
    )
    yield from [amount for _, amount in tiers if amount > 0][:1]
