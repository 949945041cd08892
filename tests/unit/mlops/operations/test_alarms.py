"""Alarms made by hand go, in an order that CloudWatch takes; those of stacks stay."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from typer.testing import CliRunner

from mlops.command_line.main import app
from mlops.operations.alarms import FoundAlarm, delete_alarms, deletion_order, find_alarms
from mlops_common.errors import MlopsError
from pipeline_local.aws import Aws

PREFIX = "secure-mlops-dev"


class Paginated:
    """A client that answers pages written down here, and notes what it is asked to delete."""

    def __init__(self, pages: dict[str, list[dict[str, Any]]]) -> None:
        self._pages, self.deleted = pages, list[list[str]]()

    def get_paginator(self, name: str) -> Paginated:
        self._asked = name
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return self._pages[self._asked]

    def delete_alarms(self, AlarmNames: list[str]) -> None:  # noqa: N803 - boto3's name
        self.deleted.append(AlarmNames)


class Account:
    def __init__(self, clients: dict[str, Paginated]) -> None:
        self._clients = clients

    def client(self, name: str) -> Paginated:
        return self._clients[name]


def _alarm(name: str, **more: Any) -> dict[str, Any]:
    now = datetime(2026, 11, 25, 2, tzinfo=UTC)
    return {"AlarmName": name, "StateValue": "OK", "StateTransitionedTimestamp": now, **more}


def _account() -> tuple[Account, Paginated]:
    """One stack with two alarms, a pipeline of a composite alarm's name; four alarms by hand."""
    composite = {"AlarmRule": f'ALARM("{PREFIX}-by-hand-b") OR ALARM({PREFIX}-by-hand-inner)'}
    arn = f"arn:aws:cloudwatch:eu-central-1:111111111111:alarm:{PREFIX}-by-hand-a"
    cloudwatch = Paginated(
        {
            "describe_alarms": [
                {"MetricAlarms": [_alarm(f"{PREFIX}-late"), _alarm(f"{PREFIX}-by-hand-b")]},
                {
                    "MetricAlarms": [_alarm(f"{PREFIX}-by-hand-a")],
                    "CompositeAlarms": [
                        _alarm(f"{PREFIX}-by-hand-all", **composite),
                        _alarm(f"{PREFIX}-by-hand-inner", AlarmRule=f'OK("{arn}")'),
                        _alarm(f"{PREFIX}-training", AlarmRule=f"ALARM({PREFIX}-late)"),
                    ],
                },
            ]
        }
    )
    cloudformation = Paginated(
        {
            "list_stacks": [
                {"StackSummaries": [_stack("pipelines"), _stack("old", "DELETE_COMPLETE")]},
                {"StackSummaries": [_stack("monitoring")]},
            ],
            "list_stack_resources": [
                {"StackResourceSummaries": [_resource("Pipeline", f"{PREFIX}-by-hand-all")]},
                {
                    "StackResourceSummaries": [
                        _resource("Alarm", f"{PREFIX}-late", "CloudWatch"),
                        _resource("CompositeAlarm", f"{PREFIX}-training", "CloudWatch"),
                    ]
                },
            ],
        }
    )
    return Account({"cloudwatch": cloudwatch, "cloudformation": cloudformation}), cloudwatch


def _stack(name: str, status: str = "UPDATE_COMPLETE") -> dict[str, str]:
    return {"StackId": name, "StackName": name, "StackStatus": status}


def _resource(kind: str, name: str, service: str = "SageMaker") -> dict[str, str]:
    return {"ResourceType": f"AWS::{service}::{kind}", "PhysicalResourceId": name}


def test_owners_are_found_by_type_and_name() -> None:
    account, _ = _account()
    found = {each.name: each for each in find_alarms(account, PREFIX)}  # type: ignore[arg-type]
    assert len(found) == 6
    owned = {name for name, each in found.items() if each.owner}
    # The pipeline of the same name as an alarm does not make that alarm a stack's.
    assert owned == {f"{PREFIX}-late", f"{PREFIX}-training"}
    assert found[f"{PREFIX}-by-hand-inner"].watches == (f"{PREFIX}-by-hand-a",)


def test_composite_alarms_go_before_what_they_look_at() -> None:
    account, cloudwatch = _account()
    found = find_alarms(account, PREFIX)  # type: ignore[arg-type]
    delete_alarms(account, [each for each in found if not each.owner])  # type: ignore[arg-type]
    assert cloudwatch.deleted == [
        [f"{PREFIX}-by-hand-all"],
        [f"{PREFIX}-by-hand-inner"],
        [f"{PREFIX}-by-hand-a", f"{PREFIX}-by-hand-b"],
    ]


def test_what_a_stack_owns_is_never_deleted() -> None:
    account, cloudwatch = _account()
    with pytest.raises(MlopsError, match="late belongs to stack"):
        delete_alarms(account, find_alarms(account, PREFIX))  # type: ignore[arg-type]
    assert cloudwatch.deleted == []


def test_many_go_a_hundred_at_a_time() -> None:
    many = [FoundAlarm(f"a{number:03}", "metric", "OK", "", "", "") for number in range(201)]
    assert [len(request) for request in deletion_order(many)] == [100, 100, 1]


def test_a_circle_is_told_not_tried() -> None:
    circle = [
        FoundAlarm("a", "composite", "OK", "", "", "", ("b",)),
        FoundAlarm("b", "composite", "OK", "", "", "", ("a",)),
    ]
    with pytest.raises(MlopsError, match="a, b watch each other"):
        deletion_order(circle)


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A CloudWatch that answers as itself, with 120 alarms made by hand and no stack."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        client = boto3.client("cloudwatch", region_name="eu-central-1")
        for number in range(120):
            client.put_metric_alarm(
                AlarmName=f"sandbox-{number}",
                ComparisonOperator="GreaterThanThreshold",
                EvaluationPeriods=1,
                MetricName="x",
                Namespace="y",
                Period=60,
                Statistic="Sum",
                Threshold=1,
            )
        monkeypatch.setattr(
            "pipeline_local.local_aws.connect", lambda region, account, **_: Aws(region, account)
        )
        yield client


def test_nothing_goes_without_yes(by_hand: Any) -> None:
    def count() -> int:
        pages = by_hand.get_paginator("describe_alarms").paginate()
        return sum(len(page["MetricAlarms"]) for page in pages)

    asked = ["alarms", "delete", "--prefix", "sandbox-", "--json"]
    dry = CliRunner().invoke(app, asked)
    assert dry.exit_code == 0, dry.output
    assert len(json.loads(dry.output)["would_delete"]) == count() == 120
    listed = CliRunner().invoke(app, ["alarms", "list", "--prefix", "sandbox-1", "--json"])
    assert {each["owner"] for each in json.loads(listed.output)} == {""}
    done = CliRunner().invoke(app, [*asked, "--yes"])
    assert len(json.loads(done.output)["deleted"]) == 120
    assert count() == 0


def test_all_alarms_of_an_account_are_not_a_prefix() -> None:
    result = CliRunner().invoke(app, ["alarms", "delete", "--prefix", ""])
    assert result.exit_code != 0
    assert "all alarms of the account" in str(result.exception)


def test_who_may_not_see_stacks_sees_alarms_and_deletes_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account, cloudwatch = _account()

    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "ListStacks")

    monkeypatch.setattr(account.client("cloudformation"), "paginate", refuse)
    with pytest.raises(ClientError, match="AccessDenied"):
        find_alarms(account, PREFIX)  # type: ignore[arg-type]
    found = find_alarms(account, PREFIX, owners_needed=False)  # type: ignore[arg-type]
    assert {each.owner for each in found} == {None}
    with pytest.raises(MlopsError, match="belongs to stack that you may not see"):
        delete_alarms(account, found)  # type: ignore[arg-type]
    assert cloudwatch.deleted == []
