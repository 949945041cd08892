"""FilterLogEvents honours what a request asks for, or refuses it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from pipeline_local.aws import Aws


def test_lines_are_filtered_by_what_a_request_asks_for(aws: Aws, name: str) -> None:
    logs, group = aws.client("logs"), f"/mine/{name}"
    logs.create_log_group(logGroupName=group)
    for stream in ("a/1", "a/2", "b/1"):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        event = {"timestamp": int(time.time() * 1000), "message": f"line of {stream}"}
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])

    def lines(**asked: Any) -> list[str]:
        events = logs.filter_log_events(**{"logGroupName": group, **asked})["events"]
        return [event["message"] for event in events]

    assert lines(logStreamNamePrefix="a/") == ["line of a/1", "line of a/2"]
    assert lines(logStreamNamePrefix="a/", filterPattern='"f a/2"') == ["line of a/2"]
    assert lines(logStreamNamePrefix="c") == []
    arn = f"arn:aws:logs:{aws.region}:{aws.account}:log-group:{group}"
    by_arn = logs.filter_log_events(logGroupIdentifier=arn, logStreamNamePrefix="b")["events"]
    assert [event["message"] for event in by_arn] == ["line of b/1"]
    foreign = arn.replace(aws.region, "us-east-1")
    with pytest.raises(ClientError, match="only log groups:logs:"):
        logs.filter_log_events(logGroupIdentifier=foreign)
    with pytest.raises(ClientError, match="logStreamNames or logStreamNamePrefix, not both"):
        lines(logStreamNamePrefix="a", logStreamNames=["a/1"])
    with pytest.raises(ClientError, match="reads words, all of which"):
        lines(filterPattern="{ $.level = 1 }")
    with pytest.raises(ClientError, match="does not exist"):
        lines(logGroupName="none", logStreamNamePrefix="a")
