"""Limits and schedules: files say what differs, and every mistake is one clear line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from environments import SettingsError, load_environment
from environments.monitoring import KINDS, Limit
from environments.schedules import Schedule
from tests.synthesis import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

    from environments import EnvironmentSettings


def _load(tmp_path: Path, **more: Any) -> EnvironmentSettings:
    content = yaml.safe_load((SETTINGS / "prod.yaml").read_text(encoding="utf-8"))
    folder = tmp_path / "environments"
    folder.mkdir()
    (folder / "test.yaml").write_text(yaml.safe_dump({**content, **more}), encoding="utf-8")
    return load_environment("test", folder)


def test_what_a_file_does_not_name_is_what_is_declared(tmp_path: Path) -> None:
    settings = _load(tmp_path, monitoring={"batch-inference": {"drift": {"above": 0.2}}})
    declared = {kind: KINDS[kind] for kind in ("late", "violations", "drift")}
    limits = settings.monitoring.limits("batch-inference", declared)
    assert limits["drift"] == Limit(above=0.2, hours=26)
    assert limits["late"] == Limit(above=0, hours=26)
    assert list(limits) == ["failed", "step-slow", "late", "violations", "drift"]


def test_off_takes_an_alarm_away_and_a_name_adds_one(tmp_path: Path) -> None:
    changes = {"training": {"late": False}, "churn": {"drift": {"above": 0.3, "hours": 30}}}
    monitoring = _load(tmp_path, monitoring=changes).monitoring
    assert "late" not in monitoring.limits("training", {"late": KINDS["late"]})
    assert monitoring.limits("churn")["drift"] == Limit(above=0.3, hours=30)
    assert set(monitoring.limits("another")) == {"failed", "step-slow"}
    assert monitoring.pipelines() == {"training", "churn"}


def test_schedules_keep_what_is_not_named(tmp_path: Path) -> None:
    settings = _load(tmp_path, schedules={"retraining": {"paused": True}})
    declared = Schedule("training", "0 3 ? * SUN,WED *", on_data=True, called="retraining")
    (changed,) = settings.schedules.changed([declared]).values()
    assert changed == replace(declared, paused=True)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("monitoring", {"training": {"lat": False}}, "training.lat is not a kind of alarm"),
        ("monitoring", {"training": {"late": {"above": 1}}}, "late takes hours only"),
        ("monitoring", {"training": {"late": {"hours": 169}}}, "less than or equal to 168"),
        ("monitoring", {"training": {"failed": {"abov": 1}}}, "failed.abov: is not a known field"),
        ("monitoring", {"training": {"failed": True}}, "failed: must have fields, not True"),
        ("monitoring", {"training": {"failed": {"above": -1}}}, "greater than or equal to 0"),
        ("monitoring", {"platform": {"rejected": {"hours": 30}}}, "looks back 24 hours at most"),
        ("monitoring", {"platform": {"drift": {"above": 1}}}, "platform.drift is not a kind"),
        ("schedules", {"retraining": {"cron": "0 2 * * * *"}}, "six fields of cron"),
        ("schedules", {"retraining": {"cron": "daily"}}, "six fields of cron"),
        ("schedules", {"retraining": {"time_zone": "Berlin"}}, "'Berlin' is not a time zone"),
        ("schedules", {"retraining": {"flexible_minutes": 1441}}, "less than or equal to 1440"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, field: str, value: Any, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, **{field: value})
    (mistake,) = caught.value.mistakes
    assert mistake.startswith("environments/test.yaml: ")
    assert says in mistake
