"""A new setting is a field of a settings model, and a line where an environment differs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Annotated

import pytest
from pydantic import Field

from environments import SettingsError, load_environment, loading
from environments.settings import EnvironmentSettings
from tests.synthesis import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path


class Extended(EnvironmentSettings):
    """The settings with one more field."""

    idle_minutes: Annotated[int, Field(ge=1, le=60)] = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "environments"
    shutil.copytree(SETTINGS, folder)
    with (folder / "dev.yaml").open("a") as file:
        file.write("idle_minutes: 10\n")
    return folder


def test_it_is_read_and_has_a_default(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "EnvironmentSettings", Extended)
    found = {name: load_environment(name, folder) for name in ("dev", "staging")}
    assert [getattr(each, "idle_minutes", None) for each in found.values()] == [10, 30]


def test_a_wrong_value_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "EnvironmentSettings", Extended)
    path = folder / "dev.yaml"
    path.write_text(path.read_text().replace("idle_minutes: 10", "idle_minutes: 90"))
    with pytest.raises(SettingsError, match=r"^environments/dev.yaml: idle_minutes: must be .*60"):
        load_environment("dev", folder)


def test_without_its_field_it_is_refused(folder: Path) -> None:
    with pytest.raises(SettingsError, match="idle_minutes: is not a known field"):
        load_environment("dev", folder)
