"""Patches of moto's EventBridge: buses change and have whole policies, rules are checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipeline_local.aws.patterns import PatternError, check_pattern
from pipeline_local.local_aws.moto_patches import around, put
from pipeline_local.local_aws.schedule_expressions import is_schedule

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Apply all patches below."""
    buses_can_be_updated()
    a_policy_replaces_the_former()
    rules_are_checked()
    buses_with_rules_stay()


def buses_can_be_updated() -> None:
    """Answer UpdateEventBus, which moto does not know."""
    from moto.core.utils import unix_time
    from moto.events.responses import EventsHandler

    def update(self: Any) -> str:
        bus = self.events_backend.describe_event_bus(self._get_param("Name"))
        bus.description = self._get_param("Description")
        bus.kms_key_identifier = self._get_param("KmsKeyIdentifier")
        bus.dead_letter_config = self._get_param("DeadLetterConfig")
        bus.last_modified_time = unix_time()
        return json.dumps({"Arn": bus.arn, "Name": bus.name})

    put(EventsHandler, "update_event_bus", update)


def a_policy_replaces_the_former() -> None:
    """Let a whole policy replace the former; moto adds its statements, and needs their Sid."""
    from moto.events.models import EventBus, EventBusPolicyStatement

    def add(self: Any, policy: dict[str, Any]) -> None:
        self._statements = {}
        for number, statement in enumerate(policy["Statement"]):
            named = {"Sid": str(number), **statement}
            self._statements[named["Sid"]] = EventBusPolicyStatement.from_dict(named)

    put(EventBus, "add_policy", add)


def rules_are_checked() -> None:
    """Refuse patterns and schedules that EventBridge would refuse; moto looks at their outside."""
    from moto.core.exceptions import JsonRESTError
    from moto.events.exceptions import InvalidEventPatternException
    from moto.events.models import EventsBackend

    def put_rule(known: Callable[..., Any], self: Any, name: str, **kwargs: Any) -> Any:
        if pattern := kwargs.get("event_pattern"):
            try:
                check_pattern(json.loads(pattern))
            except PatternError as error:
                raise InvalidEventPatternException(reason=str(error)) from error
            except ValueError:
                raise InvalidEventPatternException(reason="Invalid JSON") from None
        schedule = kwargs.get("scheduled_expression")
        if schedule and not is_schedule(schedule, once=False):
            words = "Parameter ScheduleExpression is not valid."
            raise JsonRESTError("ValidationException", words)
        return known(self, name, **kwargs)

    around(EventsBackend, "put_rule", put_rule)


def buses_with_rules_stay() -> None:
    """Refuse to delete a bus that has rules; moto deletes them with it."""
    from moto.core.exceptions import JsonRESTError
    from moto.events.models import EventsBackend

    def delete(known: Callable[..., Any], self: Any, name: str) -> None:
        bus = self.event_buses.get(name)
        if bus is not None and bus.rules:
            words = f"Event bus {name} can't be deleted since it has rules."
            raise JsonRESTError("ValidationException", words)
        known(self, name)

    around(EventsBackend, "delete_event_bus", delete)
