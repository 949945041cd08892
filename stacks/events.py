"""The bus on which the platform announces its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secure_mlops_constructs.announcement_bus import AnnouncementBus
from stacks import buckets, keys
from stacks.base import EnvironmentStack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

    from environments.settings import EnvironmentSettings


class EventsStack(EnvironmentStack):
    """The environment's event bus; AWS's own events stay on the account's default bus."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: EnvironmentSettings,
        key_arns: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id, settings=settings, description="Event bus")
        self.bus = AnnouncementBus(
            self,
            "Announcements",
            name=self.names.event_bus,
            description="What pipelines of this environment announce",
            key_arn=key_arns[keys.EVENTS],
            dead_letters_key_arn=key_arns[buckets.LOGS],
        ).bus
        self.publish({"event-bus": self.names.event_bus})
