"""Patches of moto's EventBridge Scheduler: refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from pipeline_local.local_aws.moto_patches import around
from pipeline_local.local_aws.schedule_expressions import is_schedule

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Apply all patches below."""
    groups_are_created_once()
    schedules_are_checked()


def groups_are_created_once() -> None:
    """Refuse a group that exists, and to delete one that does not; moto empties it, and fails."""
    from moto.core.exceptions import JsonRESTError
    from moto.scheduler.models import EventBridgeSchedulerBackend

    class ConflictError(JsonRESTError):
        code = 409

    def create(known: Callable[..., Any], self: Any, name: str, tags: Any) -> Any:
        if name in self.schedule_groups:
            raise ConflictError("ConflictException", f"Schedule group {name} already exists.")
        return known(self, name, tags)

    def delete(known: Callable[..., Any], self: Any, name: str | None) -> None:
        self.get_schedule_group(name)
        known(self, name)

    around(EventBridgeSchedulerBackend, "create_schedule_group", create)
    around(EventBridgeSchedulerBackend, "delete_schedule_group", delete)


def schedules_are_checked() -> None:
    """Refuse an unknown group, an invalid expression or time zone; moto fails, or takes them."""
    from moto.scheduler.exceptions import ValidationException
    from moto.scheduler.models import EventBridgeSchedulerBackend

    def check(known: Callable[..., Any], self: Any, **kwargs: Any) -> Any:
        self.get_schedule_group(kwargs["group_name"])
        expression, zone = kwargs["schedule_expression"], kwargs["schedule_expression_timezone"]
        if not is_schedule(expression):
            raise ValidationException(message=f"Invalid Schedule Expression {expression}.")
        if zone and zone not in available_timezones():
            raise ValidationException(message=f"Invalid ScheduleExpressionTimezone {zone}.")
        return known(self, **kwargs)

    for operation in ("create_schedule", "update_schedule"):
        around(EventBridgeSchedulerBackend, operation, check)
