"""Which environment follows which: written in one file, known in both, and never in a circle."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from environments import SettingsError, load_environment
from tests.synthesis import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "environments"
    folder.mkdir()
    for path in SETTINGS.glob("*.yaml"):
        shutil.copy(path, folder)
    return folder


def _add(folder: Path, name: str, line: str) -> None:
    file = folder / f"{name}.yaml"
    kept = [each for each in file.read_text().splitlines() if not each.startswith("promotes_to")]
    file.write_text("\n".join([*kept, line]) + "\n")


def test_both_sides_know_each_other(folder: Path) -> None:
    dev, staging = load_environment("dev", folder), load_environment("staging", folder)
    assert dev.next_environment is not None
    assert dev.next_environment.name == "staging"
    assert dev.next_environment.account == staging.account
    assert staging.previous_environment is not None
    assert staging.previous_environment.bucket("models") == (
        "secure-mlops-dev-models-111111111111-eu-central-1"
    )
    assert dev.previous_environment is None
    assert load_environment("prod", folder).next_environment is None


@pytest.mark.parametrize(
    ("name", "line", "expected"),
    [
        ("dev", "promotes_to: nowhere", "there is no environment 'nowhere'; there are dev, prod"),
        ("prod", "promotes_to: dev", "models would go round: prod → dev → staging → prod"),
        ("dev", "promotes_to: dev", "models would go round: dev → dev"),
        ("prod", "promotes_to: staging", "dev promotes to staging, too; one environment may"),
        ("dev", "next_environment: staging", "is not a known field; promotes_to says who follows"),
    ],
)
def test_what_cannot_be_is_one_line(folder: Path, name: str, line: str, expected: str) -> None:
    _add(folder, name, line)
    with pytest.raises(SettingsError) as caught:
        load_environment(name, folder)
    assert any(expected in each for each in caught.value.mistakes), caught.value.mistakes


def test_regions_must_agree(folder: Path) -> None:
    file = folder / "staging.yaml"
    file.write_text(file.read_text().replace("region: eu-central-1", "region: eu-west-1"))
    with pytest.raises(SettingsError, match="staging is in eu-west-1, dev in eu-central-1"):
        load_environment("dev", folder)
