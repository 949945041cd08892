"""Whose a receiver, a bucket, an account or an image is."""

from __future__ import annotations

import pytest

from promises.world import Resource
from promises.world.owners import Owners

OURS, OTHERS = "123456789012", "999988887777"
OTHERS_FUNCTION = f"arn:aws:lambda:eu-central-1:{OTHERS}:function:f"
DATA = Resource("team", "Data", "AWS::S3::Bucket", {}, {}, "arn:aws:s3:::data", "data")
OWNERS = Owners(OURS, [DATA])


@pytest.mark.parametrize(
    ("value", "ours"),
    [
        (f"arn:aws:sns:eu-central-1:{OURS}:topic", True),
        (f"arn:aws:sns:eu-central-1:{OTHERS}:topic-{OURS}", False),
        (f"arn:aws:scheduler:::aws-sdk:sqs:sendMessage {OURS}", True),
        ("arn:aws:automate:eu-central-1:ec2:stop", True),
        (
            f"arn:aws:apigateway:eu-central-1:lambda:path/{OTHERS_FUNCTION}/invocations",
            False,
        ),
        (f"https://sqs.eu-central-1.amazonaws.com/{OURS}/queue", True),
        (f"https://sqs.eu-central-1.amazonaws.com/{OTHERS}/{OURS}", False),
        ("https://elsewhere.example", False),
        ("team@example.com", True),
        ("s3://data/prefix", True),
        ("https://s3.evil-amazonaws.com/data", False),
        ("https://elsewhere.example/https://s3.amazonaws.com/data", False),
        ("arn:aws:s3:::elsewhere/prefix", None),
        (f"arn:aws:events:eu-central-1:{OURS}:api-destination/site/1", None),
        (f"arn:aws:firehose:eu-central-1:{OURS}:deliverystream/site", None),
    ],
)
def test_receivers(value: str, ours: bool | None) -> None:
    assert OWNERS.receives(value) is ours


@pytest.mark.parametrize(
    ("value", "ours"),
    [
        ("data", True),
        ("data/prefix", True),
        ("https://data.s3.eu-central-1.amazonaws.com/key", True),
        ("https://s3.eu-central-1.amazonaws.com/data/key", True),
        (f"cdk-hnb659fds-assets-{OURS}-eu-central-1", True),
        (f"cdk-hnb659fds-assets-{OTHERS}-eu-central-1", False),
        ("data-of-others", None),
        ("https://s3.eu-central-1.amazonaws.com/elsewhere/data", None),
        (f"arn:aws:s3:eu-central-1:{OTHERS}:accesspoint/a", False),
    ],
)
def test_buckets(value: str, ours: bool | None) -> None:
    assert OWNERS.bucket(value) is ours


@pytest.mark.parametrize(
    ("value", "ours"),
    [
        (OURS, True),
        (f"arn:aws:iam::{OURS}:root", True),
        (OTHERS, False),
        (f"arn:aws:iam::{OTHERS}:role/x-{OURS}", False),
        (f"arn:aws:organizations::{OURS}:organization/o-1", False),
        ("*", False),
    ],
)
def test_accounts(value: str, ours: bool) -> None:
    assert OWNERS.names(value) is ours


def test_images() -> None:
    assert OWNERS.image(f"{OURS}.dkr.ecr.eu-central-1.amazonaws.com/a:1")
    assert OWNERS.image("aws/codebuild/standard:7.0")
    for other in (
        "python:3",
        "public.ecr.aws/a/b",
        f"{OTHERS}.dkr.ecr.eu-central-1.amazonaws.com/a",
    ):
        assert not OWNERS.image(other)
