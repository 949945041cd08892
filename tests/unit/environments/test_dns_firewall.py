"""What the DNS firewall does is one of three words, in a VPC of ours only."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from environments import SettingsError, load_environment
from tests.synthesis import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

    from environments.network import NetworkSettings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(SETTINGS, tmp_path / "environments")


def network(folder: Path, line: str = "") -> NetworkSettings:
    """Load dev's network with one more line."""
    file = folder / "dev.yaml"
    file.write_text(re.sub("(?m)^network:", f"network:{line}", file.read_text()))
    return load_environment("dev", folder).network


def test_it_blocks_unless_the_file_says_otherwise(folder: Path) -> None:
    found = network(folder)
    assert (found.dns_firewall, found.judges_names) == ("block", True)


@pytest.mark.parametrize(("word", "judges"), [("block", True), ("alert", True), ("off", False)])
def test_a_word_is_read_also_where_yaml_takes_it_for_false(
    folder: Path, word: str, *, judges: bool
) -> None:
    found = network(folder, f"\n  dns_firewall: {word}")
    assert (found.dns_firewall, found.judges_names) == (word, judges)


@pytest.mark.parametrize("word", ["allow", "true", "BLOCK", "[]"])
def test_another_word_is_one_line(folder: Path, word: str) -> None:
    with pytest.raises(SettingsError, match=r"dev.yaml: network.dns_firewall: .*'alert'"):
        network(folder, f"\n  dns_firewall: {word}")
