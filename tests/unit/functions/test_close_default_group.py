"""The default security group ends without rules, and CloudFormation always gets its answer."""

from __future__ import annotations

import importlib.util
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from stacks.base import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from mypy_boto3_ec2 import EC2Client

ACCOUNT = "123456789012"
CONTEXT = SimpleNamespace(log_stream_name="stream")


@pytest.fixture
def closer(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    spec = importlib.util.spec_from_file_location(
        "close_default_group", FUNCTIONS / "close_default_group" / "handler.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with mock_aws():
        yield module


@pytest.fixture
def answers(closer: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    received: list[dict[str, Any]] = []

    class Response:
        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    def urlopen(request: Any, timeout: float) -> Response:
        assert timeout > 0
        assert request.get_method() == "PUT"
        received.append({"url": request.full_url, **json.loads(request.data)})
        return Response()

    monkeypatch.setattr(closer.urllib.request, "urlopen", urlopen)
    return received


def _default_group(ec2: EC2Client) -> dict[str, Any]:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    (group,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]  # type: ignore[arg-type]
    # moto leaves out the rule that AWS adds: everything from the group itself.
    itself = {"GroupId": group["GroupId"], "UserId": ACCOUNT}
    ec2.authorize_security_group_ingress(
        GroupId=group["GroupId"],
        IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [itself]}],  # type: ignore[list-item,misc]
    )
    (group,) = ec2.describe_security_groups(GroupIds=[group["GroupId"]])["SecurityGroups"]
    return dict(group)


def _event(kind: str, group: str) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "ResponseURL": "https://example.com/answer",
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Resource",
        "PhysicalResourceId": group,
        "ResourceProperties": {"DefaultSecurityGroupId": group, "Account": ACCOUNT},
    }


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_the_group_loses_its_rules(
    closer: ModuleType, answers: list[dict[str, Any]], kind: str
) -> None:
    ec2 = boto3.client("ec2")
    group = _default_group(ec2)
    assert group["IpPermissions"]
    assert group["IpPermissionsEgress"]
    closer.handle(_event(kind, group["GroupId"]), CONTEXT)
    (after,) = ec2.describe_security_groups(GroupIds=[group["GroupId"]])["SecurityGroups"]
    assert after["IpPermissions"] == after["IpPermissionsEgress"] == []
    (answer,) = answers
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == group["GroupId"]
    assert answer["url"] == "https://example.com/answer"


def test_a_group_that_is_closed_already_is_fine(
    closer: ModuleType, answers: list[dict[str, Any]]
) -> None:
    group = _default_group(boto3.client("ec2"))["GroupId"]
    closer.handle(_event("Create", group), CONTEXT)
    closer.handle(_event("Update", group), CONTEXT)
    assert [answer["Status"] for answer in answers] == ["SUCCESS", "SUCCESS"]


def test_deleting_leaves_the_group_closed(
    closer: ModuleType, answers: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closer.boto3, "client", lambda *_: pytest.fail("called AWS"))
    closer.handle(_event("Delete", "sg-1"), CONTEXT)
    assert answers[0]["Status"] == "SUCCESS"


def test_a_failure_is_told_with_its_reason(
    closer: ModuleType, answers: list[dict[str, Any]]
) -> None:
    closer.handle(_event("Create", "sg-00000000000000000"), CONTEXT)
    assert answers[0]["Status"] == "FAILED"
    assert "InvalidGroup.NotFound" in answers[0]["Reason"]
    assert "stream" in answers[0]["Reason"]
