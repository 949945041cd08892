"""List prices, how often schedules fire, and looking prices up at a stand-in of AWS."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from typer.testing import CliRunner

from environments.settings import known_regions
from mlops.command_line.main import app
from mlops.prices.price_file import PriceFile, read_assumptions
from mlops.prices.refresh import refreshed
from mlops.prices.schedules import times_a_month
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MONTH = 365 / 12


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("rate(1 day)", MONTH),
        ("rate(12 hours)", 2 * MONTH),
        ("rate(5 minutes)", MONTH * 24 * 12),
        ("cron(0 3 * * ? *)", MONTH),
        ("cron(0 3 ? * MON *)", MONTH / 7),
        ("cron(0 3 ? * MON-FRI *)", MONTH / 7 * 5),
        ("cron(0/15 8-17 ? * * *)", MONTH * 4 * 10),
        ("cron(0 3 1,15 * ? *)", 2.0),
        ("cron(0 3 L * ? *)", 1.0),
        ("cron(0 3 ? * 2#1 *)", 1.0),
        ("cron(0 3 1 1/3 ? *)", 4 / 12),
        ("at(2026-11-20T13:00:00)", 0.0),
        ("cron(0 3 * *)", None),
        ("cron(61 3 * * ? *)", None),
        ("rate(0 days)", None),
        ("tomorrow", None),
    ],
)
def test_how_often_a_schedule_fires(expression: str, times: float | None) -> None:
    assert times_a_month(expression) == (None if times is None else pytest.approx(times))


def test_every_price_has_its_date_and_source() -> None:
    prices = PriceFile()
    assert {"eu-central-1", "eu-west-1", "us-east-1"} <= set(prices.regions)
    assert set(prices.regions) <= set(known_regions())
    for region in prices.regions:
        for name in prices.content["regions"][region]:
            price = prices.price(region, name)
            assert price is not None
            assert price.amount > 0
            assert price.date.startswith("20")
            assert price.source
    assert prices.price("eu-central-1", "nothing") is None
    assert read_assumptions().hours_a_month == 730


def test_a_price_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "prices.json").write_text("[]")
    with pytest.raises(MlopsError, match="cannot be read as a price file"):
        PriceFile(tmp_path / "prices.json")


HERE = {"regionCode": "eu-central-1", "productFamily": ""}


def _product(usage: str, *tiers: tuple[str, str], **attributes: str) -> str:
    dimensions = {
        f"d{start}": {"beginRange": start, "pricePerUnit": {"USD": price}} for start, price in tiers
    }
    return json.dumps(
        {
            "product": {"attributes": {**HERE, "usagetype": usage, **attributes}},
            "terms": {"OnDemand": {"t": {"priceDimensions": dimensions}}},
        }
    )


OFFERS = {
    "AmazonVPC": [
        _product("EUC1-VpcEndpoint-Hours", ("0", "0.0130000000")),
        _product("EUC1-VpcEndpoint-GWLBE-Hours", ("0", "0.0010000000")),
    ],
    "AmazonCloudWatch": [
        # As observed: of no region.
        _product(
            "DashboardsUsageHour-Basic", ("0", "3.1"), regionCode="", productFamily="Dashboard"
        ),
        _product("EUC1-CW:AlarmMonitorUsage", ("0", "0.11")),
        _product("EUC1-CW:CompositeAlarmMonitorUsage", ("0", "0.51")),
    ],
    "AmazonEC2": [
        _product("EUC1-NatGateway-Hours", ("0", "0.053"), productFamily="NAT Gateway"),
        _product("EUC1-NatGateway-Bytes", ("0", "0.052"), productFamily="NAT Gateway"),
        _product("EUC1-BoxUsage:m5.large", ("0", "0.1"), productFamily="Compute Instance"),
    ],
    "awskms": [_product("eu-central-1-KMS-Keys", ("0", "1.0000000000"))],
    "AmazonS3": [_product("EUC1-TimedStorage-ByteHrs", ("51200", "0.02"), ("0", "0.025"))],
    "AmazonSageMaker": [
        _product("EUC1-Train:ml.m5.large", ("0", "0.14")),
        _product("EUC1-Train:ml.m5.large-Spot", ("0", "0.01")),
    ],
    "CodeBuild": [_product("EUC1-Build-Min:Linux:g1.small", ("0", "0.0"), ("100", "0.006"))],
}


class _Pricing(BaseHTTPRequestHandler):
    """The Pricing API's GetProducts, two pages for a service with two products."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["X-Amz-Target"] == "AWSPriceListService.GetProducts"
        assert {each["Type"] for each in asked["Filters"]} == {"TERM_MATCH"}
        wanted = {(each["Field"], each["Value"]) for each in asked["Filters"]}
        offers = [
            each
            for each in OFFERS.get(asked["ServiceCode"], [])
            if wanted <= set(json.loads(each)["product"]["attributes"].items())
        ]
        # Nobody wants all of EC2: that is hundreds of pages.
        assert asked["ServiceCode"] != "AmazonEC2" or len(offers) == 2
        page = int(asked.get("NextToken", "0"))
        answer: dict[str, Any] = {"FormatVersion": "aws_v1", "PriceList": offers[page : page + 1]}
        if page + 1 < len(offers):
            answer["NextToken"] = str(page + 1)
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def pricing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = HTTPServer(("127.0.0.1", 0), _Pricing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "-")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "-")
    boto3.DEFAULT_SESSION = None
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.usefixtures("pricing")
def test_prices_are_looked_up_and_those_not_found_keep_their_date(tmp_path: Path) -> None:
    before = PriceFile()
    outcome = refreshed(before, ["eu-central-1"])
    outcome.write(tmp_path / "prices.json")
    after = PriceFile(tmp_path / "prices.json")

    def amount(name: str) -> float:
        price = after.price("eu-central-1", name)
        assert price is not None
        return price.amount

    assert amount("interface-endpoint-hour") == 0.013
    assert amount("s3-standard-gb-month") == 0.025
    assert amount("sagemaker-job-hour:ml.m5.large") == 0.14
    assert amount("codebuild-minute:BUILD_GENERAL1_SMALL") == 0.006
    assert amount("dashboard-month") == 3.1
    assert amount("nat-gateway-hour") == 0.053
    assert (amount("alarm-month"), amount("composite-alarm-month")) == (0.11, 0.51)
    assert outcome.found == 9
    assert "eu-central-1 interface-endpoint-hour: 0.012 → 0.013" in outcome.changed
    assert "eu-central-1 secret-month" in outcome.missing
    assert after.price("eu-central-1", "secret-month") == before.price(
        "eu-central-1", "secret-month"
    )
    assert after.price("us-east-1", "kms-key-month") == before.price("us-east-1", "kms-key-month")


@pytest.mark.usefixtures("pricing")
def test_the_command_writes_the_file_it_is_told(tmp_path: Path) -> None:
    target = tmp_path / "mine.json"
    arguments = ["prices", "refresh", "--region", "eu-central-1", "--output", str(target)]
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["found"] == 9
    assert target.is_file()


def test_prices_are_listed() -> None:
    result = CliRunner().invoke(app, ["prices", "list", "--region", "eu-west-1"])
    assert result.exit_code == 0
    assert "interface-endpoint-hour" in result.output
