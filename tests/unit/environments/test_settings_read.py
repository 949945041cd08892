"""Which settings were read is noted, by whatever way they are read."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING

import pytest

from environments import load_environments
from environments.names import ResourceNames
from environments.settings_read import SettingsRead, as_read

if TYPE_CHECKING:
    from collections.abc import Callable

    from environments.settings import EnvironmentSettings


@pytest.fixture
def given() -> EnvironmentSettings:
    return load_environments("dev")[0]


def test_nothing_is_read_at_first(given: EnvironmentSettings) -> None:
    assert SettingsRead(given).values() == {}


def test_what_is_read_is_noted_with_its_value(given: EnvironmentSettings) -> None:
    read = SettingsRead(given)
    assert read.settings.retention.data_days == given.retention.data_days
    assert read.settings.region == given.region
    assert set(read.values()) == {"retention", "region"}
    assert read.values()["region"] == given.region


def test_what_names_are_made_from_is_noted(given: EnvironmentSettings) -> None:
    read = SettingsRead(given)
    assert ResourceNames(read.settings).pipeline("churn") == ResourceNames(given).pipeline("churn")
    assert "name" in read.values()


@pytest.mark.parametrize(
    "use",
    [
        lambda each: each.model_dump(),
        lambda each: each.model_dump_json(),
        lambda each: each.model_copy(),
        dict,
        repr,
        str,
        vars,
        copy.copy,
        copy.deepcopy,
        lambda each: each == 1,
        lambda each: each.__reduce_ex__(4),
        lambda each: getattr(each, "unknown", None),
    ],
)
def test_ways_to_read_everything_note_everything(
    given: EnvironmentSettings, use: Callable[[EnvironmentSettings], object]
) -> None:
    read = SettingsRead(given)
    use(read.settings)
    assert set(read.values()) == set(type(given).model_fields)


def test_settings_are_as_read_while_what_was_read_is_the_same(given: EnvironmentSettings) -> None:
    read = SettingsRead(given)
    assert read.settings.retention
    kept = json.loads(json.dumps(read.values()))
    assert as_read(given, kept)
    assert as_read(given.model_copy(update={"account": "222222222222"}), kept)
    other = given.retention.model_copy(update={"data_days": 7})
    assert not as_read(given.model_copy(update={"retention": other}), kept)
