"""What SageMaker may read of models' archives is one of three words for each call."""

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
    return shutil.copytree(SETTINGS, tmp_path / "environments")


def test_both_are_narrow_unless_the_file_says_otherwise(folder: Path) -> None:
    found = load_environment("dev", folder).model_archives
    assert (found.register_model, found.create_model) == ("via-service", "role")


@pytest.mark.parametrize("word", ["off", "via-service", "role"])
def test_a_word_is_read_also_where_yaml_takes_it_for_false(folder: Path, word: str) -> None:
    with (folder / "dev.yaml").open("a") as file:
        file.write(f"model_archives: {{register_model: {word}}}\n")
    assert load_environment("dev", folder).model_archives.register_model == word


def test_another_word_is_one_line(folder: Path) -> None:
    with (folder / "dev.yaml").open("a") as file:
        file.write("model_archives: {create_model: always}\n")
    with pytest.raises(SettingsError, match=r"dev.yaml: model_archives.create_model: .*'off'"):
        load_environment("dev", folder)
