"""A service works for this account or another, and says for which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from promises.proving import Verdict
from tests.unit.promises.callers import (
    HERE,
    THERE,
    bucket_for,
    judged_resources,
    key_for,
    role_for,
    verdicts,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "holds"), [("events", True), ("events.eu-west-1", False), ("sagemaker", False)]
)
def test_who_describes_a_key_says_for_whom(tmp_path: Path, name: str, *, holds: bool) -> None:
    """Of EventBridge alone it is documented that it does not."""
    key = key_for({"Service": f"{name}.amazonaws.com"}, Action="kms:DescribeKey")
    found = judged_resources(tmp_path, 14, {"Key": key})
    assert found.verdict is (Verdict.PROVED if holds else Verdict.BROKEN)


def _source(operator: str, **keys: str) -> dict[str, Any]:
    return {operator: {f"aws:{name}": value for name, value in keys.items()}}


SOURCES: list[tuple[list[dict[str, Any]], bool]] = [
    ([], False),
    ([_source("StringEquals", SourceAccount=HERE)], True),
    ([_source("StringEquals", SourceAccount=THERE)], False),
    ([_source("StringEqualsIfExists", SourceAccount=HERE)], False),
    ([_source("ArnLike", SourceArn=f"arn:aws:states:*:{HERE}:*")], True),
    ([_source("ArnLike", SourceArn="arn:aws:states:*:*:*")], False),
    ([_source("ArnLike", SourceArn=f"arn:aws:states:*:{THERE}:*")], False),
    (
        [
            _source("StringEquals", SourceAccount=THERE),
            _source("ArnLike", SourceArn=f"arn:aws:states:*:{THERE}:*"),
        ],
        False,
    ),
]


def test_a_service_works_for_this_account(tmp_path: Path) -> None:
    dotted = {"Service": "states.eu-west-1.amazonaws.com"}
    resources: dict[str, Any] = {}
    broken: dict[str, Verdict] = {}
    for n, (conditions, holds) in enumerate(SOURCES):
        asked = {operator: keys for each in conditions for operator, keys in each.items()}
        resources |= {f"Role{n}": role_for(dotted, "sts:AssumeRole", *conditions)}
        resources |= {f"Key{n}": key_for(dotted, Condition=asked)}
        if not holds:
            broken |= dict.fromkeys((f"Role{n}", f"Key{n}"), Verdict.BROKEN)
    assert verdicts(tmp_path, 14, resources) == broken


@pytest.mark.parametrize(("conditions", "holds"), SOURCES[:2])
def test_a_service_delivers_for_this_account(
    tmp_path: Path, conditions: list[dict[str, Any]], *, holds: bool
) -> None:
    asked = {operator: keys for each in conditions for operator, keys in each.items()}
    delivery = {"Service": "logging.s3.amazonaws.com"}
    found = judged_resources(tmp_path, 14, bucket_for({"Principal": delivery, "Condition": asked}))
    assert found.verdict is (Verdict.PROVED if holds else Verdict.BROKEN)


@pytest.mark.parametrize(("name", "holds"), [("team-data", True), ("team-other", False)])
def test_a_bucket_tells_its_account_where_the_templates_hold_it(
    tmp_path: Path, name: str, *, holds: bool
) -> None:
    source = {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{name}"}}
    delivery = {"Service": "logging.s3.amazonaws.com"}
    found = judged_resources(tmp_path, 14, bucket_for({"Principal": delivery, "Condition": source}))
    assert found.verdict is (Verdict.PROVED if holds else Verdict.BROKEN)


PERMISSIONS: list[tuple[dict[str, str], bool]] = [
    ({"Principal": HERE}, True),
    ({"Principal": f"arn:aws:iam::{HERE}:role/Job"}, True),
    ({"Principal": THERE}, False),
    ({"Principal": f"arn:aws:iam::{THERE}:role/job-{HERE}"}, False),
    ({"Principal": "*"}, False),
    ({"Principal": "sns.amazonaws.com"}, False),
    ({"Principal": "sns.amazonaws.com", "SourceAccount": HERE}, True),
    ({"Principal": "sns.amazonaws.com", "SourceArn": f"arn:aws:sns:x:{HERE}:t"}, True),
    ({"Principal": "sns.amazonaws.com", "SourceArn": f"arn:aws:sns:x:{THERE}:{HERE}"}, False),
    ({"Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::team-data"}, True),
    ({"Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::team-other"}, False),
]


def test_accounts_of_a_function_are_compared_as_ids(tmp_path: Path) -> None:
    resources = bucket_for({"Principal": {"AWS": HERE}})
    broken: dict[str, Verdict] = {}
    for n, (properties, holds) in enumerate(PERMISSIONS):
        given = {"Action": "lambda:InvokeFunction", "FunctionName": "f", **properties}
        resources[f"May{n}"] = {"Type": "AWS::Lambda::Permission", "Properties": given}
        broken |= {} if holds else {f"May{n}": Verdict.BROKEN}
    assert verdicts(tmp_path, 14, resources) == broken


def test_the_key_of_a_bus_is_for_what_the_bus_encrypts(tmp_path: Path) -> None:
    name = "secure-mlops-team"
    arn = f"arn:aws:events:us-east-1:{HERE}:event-bus/{name}"
    role = role_for({"AWS": HERE}, "sts:AssumeRole")
    bus = {"Name": name, "KmsKeyIdentifier": {"Fn::GetAtt": ["Key", "Arn"]}}
    resources = {
        "Role": {**role, "Properties": {**role["Properties"], "RoleName": f"{name}-job"}},
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": bus},
    }
    source = {"aws:SourceAccount": HERE, "aws:SourceArn": arn}
    context = {"kms:EncryptionContext:aws:events:event-bus:arn": arn}
    service = {"Service": "events.amazonaws.com"}
    for asked, holds in (({**source, **context}, True), (source, False)):
        key = key_for(service, Condition={"StringEquals": asked})
        found = judged_resources(tmp_path, 20, {**resources, "Key": key})
        assert found.verdict is (Verdict.PROVED if holds else Verdict.BROKEN), found.breaches
