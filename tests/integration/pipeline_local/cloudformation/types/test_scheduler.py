from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.cloudformation.resource_type import NotFoundError, ResourceError
from pipeline_local.cloudformation.types.scheduler import TYPES

if TYPE_CHECKING:
    from tests.integration.pipeline_local.cloudformation.types.conftest import Place

SCHEDULE, GROUP = TYPES
TAGS = [{"Key": "environment", "Value": "dev"}, {"Key": "owner", "Value": "platform"}]


@pytest.fixture(scope="module")
def schedule(place: Place) -> dict[str, Any]:
    GROUP.create(place.context(), {"Name": "small-dev", "Tags": TAGS})
    return {
        "Description": "Starts retraining",
        "FlexibleTimeWindow": {"MaximumWindowInMinutes": "15", "Mode": "FLEXIBLE"},
        "GroupName": "small-dev",
        "KmsKeyArn": "arn:aws:kms:eu-central-1:111111111111:key/0",
        "Name": "retraining",
        "ScheduleExpression": "cron(0 3 ? * SUN,WED *)",
        "ScheduleExpressionTimezone": "Europe/Berlin",
        "State": "ENABLED",
        "Target": {
            "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution",
            "DeadLetterConfig": {"Arn": "arn:aws:sqs:eu-central-1:111111111111:letters"},
            "Input": '{"PipelineName": "training"}',
            "RetryPolicy": {"MaximumEventAgeInSeconds": "3600", "MaximumRetryAttempts": 5},
            "RoleArn": place.role("scheduler", "scheduler"),
        },
    }


def test_a_schedule(place: Place, schedule: dict[str, Any]) -> None:
    changes = {
        "Description": None,
        "ScheduleExpression": "rate(2 days)",
        "State": "DISABLED",
        "FlexibleTimeWindow": {"Mode": "OFF"},
    }
    made = place.live(SCHEDULE, schedule, changes)
    assert made.physical_id == "retraining"
    assert made.attributes["Arn"].endswith(":schedule/small-dev/retraining")


def test_a_group_goes_with_its_schedules(place: Place, schedule: dict[str, Any]) -> None:
    context, group = place.context(), {"Name": "other", "Tags": TAGS}
    made = place.live(GROUP, group, {"Tags": [{"Key": "owner", "Value": "other"}]})
    assert made.attributes["State"] == "ACTIVE"
    GROUP.create(context, group)
    with pytest.raises(ResourceError, match="Schedule group other already exists"):
        GROUP.create(context, group)
    assert SCHEDULE.create(context, {**schedule, "GroupName": "other"}).physical_id
    GROUP.delete(context, "other", group)
    with pytest.raises(NotFoundError):
        SCHEDULE.read(context, "retraining")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ScheduleExpression": "cron(0 3)"}, r"Invalid Schedule Expression cron\(0 3\)"),
        ({"ScheduleExpressionTimezone": "Europe/Nowhere"}, "Invalid ScheduleExpressionTimezone"),
        ({"GroupName": "none"}, "Schedule group none does not exist"),
        ({"Target": {"Arn": "arn:a:b", "RoleArn": "arn:aws:iam::1:role/none"}}, "must allow AWS"),
    ],
)
def test_a_refused_schedule_leaves_nothing(
    place: Place, schedule: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ResourceError, match=message):
        SCHEDULE.create(place.context(), {**schedule, **change})
    assert place.aws.client("scheduler").list_schedules()["Schedules"] == []
