"""Resource types of EventBridge Scheduler.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Scheduler.html
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, below, picked, retag
from pipeline_local.cloudformation.resource_type import NotFoundError
from pipeline_local.cloudformation.types.api_shapes import check_role, chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api

_ROLE_REFUSED = (
    "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
)


class Schedule(ApiType):
    """``AWS::Scheduler::Schedule``, by its name, which may be of any group."""

    name = "AWS::Scheduler::Schedule"
    service = "scheduler"
    made_with = (
        *("Description", "EndDate", "FlexibleTimeWindow", "GroupName", "KmsKeyArn", "Name"),
        *("ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "State", "Target"),
    )
    properties = (
        frozenset(made_with) - {"FlexibleTimeWindow", "Target"}
        | below("FlexibleTimeWindow", "MaximumWindowInMinutes", "Mode")
        | below("Target", "Arn", "DeadLetterConfig.Arn", "Input", "RoleArn")
        | below("Target.RetryPolicy", "MaximumEventAgeInSeconds", "MaximumRetryAttempts")
    )

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the schedule."""
        check_role(context, properties["Target"]["RoleArn"], "scheduler", _ROLE_REFUSED)
        name = properties.get("Name") or context.generated_name
        api("create_schedule", **{**properties, "Name": name})
        return str(name)

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Replace all settings, as the API does."""
        if change.of(*self.made_with):
            api("update_schedule", **{**change.after, "Name": physical_id})

    def attributes(self, api: Api, _context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the ARN."""
        return {"Arn": _schedule(api, physical_id)["Arn"]}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the schedule."""
        return chosen(self.properties, _schedule(api, physical_id))

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the schedule."""
        group = picked(properties, ("GroupName",))
        api.unless_gone("delete_schedule", Name=physical_id, **group)


def _schedule(api: Api, name: str) -> dict[str, Any]:
    for each in api.every("list_schedules", "Schedules", NamePrefix=name):
        if each["Name"] == name:
            return api("get_schedule", Name=name, GroupName=each["GroupName"])
    raise NotFoundError(f"Schedule {name} does not exist.")


class ScheduleGroup(ApiType):
    """``AWS::Scheduler::ScheduleGroup``."""

    name = "AWS::Scheduler::ScheduleGroup"
    service = "scheduler"
    made_with = ("Tags",)
    properties = TAGS | {"Name"}

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the group."""
        name = properties.get("Name") or context.generated_name
        api("create_schedule_group", Name=name, **picked(properties, self.made_with))
        return str(name)

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Change tags."""
        group = partial(api, "get_schedule_group", Name=physical_id)
        retag(api, change, lambda: {"ResourceArn": group()["Arn"]})

    def attributes(self, api: Api, _context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return ARN, state and dates."""
        found = api("get_schedule_group", Name=physical_id)
        dates = ("CreationDate", "LastModificationDate")
        named = {name: found[name].isoformat() for name in dates}
        return {"Arn": found["Arn"], "State": found["State"], **named}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the group."""
        found = api("get_schedule_group", Name=physical_id)
        tags = api("list_tags_for_resource", ResourceArn=found["Arn"])["Tags"]
        return chosen(self.properties, {**found, "Tags": tags})

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the group, and its schedules with it."""
        api.unless_gone("delete_schedule_group", Name=physical_id)


TYPES: tuple[ResourceType, ...] = (Schedule(), ScheduleGroup())
