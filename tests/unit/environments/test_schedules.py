"""Time zones of schedules: those that the machine's database lists, looked up one by one."""

from __future__ import annotations

import zoneinfo
from functools import partial
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from environments.schedules import ScheduleChange

if TYPE_CHECKING:
    from collections.abc import Callable

OTHERS = ("posix/UTC", "right/UTC", "posixrules", "Europe", "Europe/", "../UTC", "zone.tab", "")


def _taken(zone: str) -> bool:
    try:
        ScheduleChange(time_zone=zone)
    except ValidationError as error:
        assert f"{zone!r} is not a time zone" in str(error)  # noqa: PT017 - the other case is none
        return False
    return True


def test_zones_that_are_listed_are_taken_and_no_others() -> None:
    listed = zoneinfo.available_timezones()
    assert {each for each in (*listed, *OTHERS) if _taken(each)} == listed


def test_a_zone_is_looked_up_without_a_list_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    # Each of the 600 files would be one that the pipelines are built from.
    monkeypatch.setattr(zoneinfo, "available_timezones", partial(pytest.fail, "all are listed"))
    assert _taken("UTC")


@pytest.mark.parametrize(("zone", "taken"), [("Europe/Berlin", True), ("Europe Berlin", False)])
def test_without_a_database_only_what_cannot_be_a_zone_is_refused(
    monkeypatch: pytest.MonkeyPatch, zone: str, taken: bool
) -> None:
    def unknown(_zone: str) -> None:
        raise zoneinfo.ZoneInfoNotFoundError

    nothing: Callable[[], set[str]] = set
    monkeypatch.setattr(zoneinfo, "ZoneInfo", unknown)
    monkeypatch.setattr(zoneinfo, "available_timezones", nothing)
    assert _taken(zone) is taken
