"""The bus on which the platform announces its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secure_mlops_constructs.announcement_bus import AnnouncementBus
from stacks import buckets, keys
from stacks.base import EnvironmentStack

if TYPE_CHECKING:
    from stacks.base import EnvironmentStage


class EventsStack(EnvironmentStack):
    """The environment's event bus; AWS's own events stay on the account's default bus."""

    def __init__(self, stage: EnvironmentStage) -> None:
        super().__init__(stage, "Events", "Event bus")
        self.bus = AnnouncementBus(
            self,
            "Announcements",
            name=self.names.event_bus,
            description="What pipelines of this environment announce",
            key_arn=self.key_arns[keys.EVENTS],
            dead_letters_key_arn=self.key_arns[buckets.LOGS],
        ).bus
        self.publish({"event-bus": self.names.event_bus})
