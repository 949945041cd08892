"""What the pip of a job has of this user's settings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.jobs.pip_settings import wheel_folders, write_settings
from tests.unit.pipeline_local.pip_settings_here import PRIVATE, without_settings

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_without_packages_or_with_a_home_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("empty", "wheels", "home/me", "here"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("wheels", "home", "here"):
        (tmp_path / name / "a-1-py3-none-any.whl").touch()
    (tmp_path / "link").symlink_to(tmp_path / "home")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home" / "me"))
    folders = ("empty", "wheels", "home", "here", "absent", "link", "wheels/../home")
    monkeypatch.setenv("PIP_FIND_LINKS", " ".join(str(tmp_path / each) for each in folders))
    assert wheel_folders() == {str(tmp_path / "wheels")}
    (tmp_path / "other").symlink_to(tmp_path / "wheels")
    monkeypatch.setenv("PIP_FIND_LINKS", "../other https://near/")
    assert wheel_folders() == {str(tmp_path / "here/../other"), str(tmp_path / "wheels")}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([PRIVATE], ["no-index = true"]),
        (["extra-index-url = https://me:secret@private/"], ["no-index = true"]),
        (["index-url = https://private/?token=secret"], ["no-index = true"]),
        ([PRIVATE, "extra-index-url = https://open/"], ["index-url = https://open/"]),
        (["index-url = https://open/"], ["index-url = https://open/"]),
        ([], []),
    ],
)
def test_no_public_index_is_asked_in_the_place_of_one_with_a_password(
    given: list[str],
    kept: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    without_settings(monkeypatch, tmp_path)
    (tmp_path / "pip.conf").write_text("\n".join(("[global]", *given, "")))
    write_settings(tmp_path / "tmp")
    settings = (tmp_path / "tmp" / ".config" / "pip" / "pip.conf").read_text()
    assert settings.split("\n") == ["[global]", *kept, ""]
    said = capsys.readouterr().err
    assert "secret" not in said
    assert ("has a password" in said) == any("secret" in each for each in given)


def settings_of_a_job(folder: Path) -> list[str]:
    write_settings(folder / "tmp")
    return (folder / "tmp/.config/pip/pip.conf").read_text().splitlines()[1:]


def test_settings_go_before_others_as_pip_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_settings(monkeypatch, tmp_path)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "named.conf"))
    # From the weakest; that of a user is not read beside one that a variable names.
    places = ("machine/pip/pip.conf", "machine.conf", "home/.pip/pip.conf")
    places = (*places, "home/settings/pip/pip.conf", "pip.conf", "named.conf")
    for number, place in enumerate(places):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(f"[global]\nindex-url = https://{number}/\n")
        expected = number
        assert settings_of_a_job(tmp_path) == [f"index-url = https://{expected}/"]
    (tmp_path / "pip.conf").unlink()
    (tmp_path / "named.conf").write_text("[install]\nno-index = true\n")
    assert settings_of_a_job(tmp_path) == ["index-url = https://1/", "no-index = true"]
    monkeypatch.setenv("PIP_INDEX_URL", "https://variable/")
    assert settings_of_a_job(tmp_path)[0] == "index-url = https://variable/"
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    assert settings_of_a_job(tmp_path) == []


CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"


def test_files_that_settings_name_are_copied_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without_settings(monkeypatch, tmp_path)
    for folder, version in (("a", 1), ("b", 2)):
        (tmp_path / folder).mkdir()
        lines = (f"later=={version}", "--index-url https://me:secret@private/", "")
        (tmp_path / folder / "limits.txt").write_text("\n".join(lines))
    (tmp_path / "authority.pem").write_text(f"{CERTIFICATE}\n-----BEGIN PRIVATE KEY-----\nsecret\n")
    named = [str(tmp_path / each / "limits.txt") for each in ("a", "b")]
    monkeypatch.setenv("PIP_CONSTRAINT", " ".join([*named, "https://near/limits.txt"]))
    (tmp_path / "pip.conf").write_text(f"[global]\ncert = {tmp_path / 'authority.pem'}\n")
    inside = "/tmp/.config/pip"  # noqa: S108 - as a job sees it
    copies = [f"{inside}/constraint-{number}-limits.txt" for number in (0, 1)]
    assert settings_of_a_job(tmp_path) == [
        f"cert = {inside}/cert-0-authority.pem",
        f"constraint = {copies[0]} {copies[1]} https://near/limits.txt",
    ]
    made = tmp_path / "tmp/.config/pip"
    assert (made / "cert-0-authority.pem").read_text() == f"{CERTIFICATE}\n"
    texts = [(made / f"constraint-{number}-limits.txt").read_text() for number in (0, 1)]
    assert texts == ["later==1\n", "later==2\n"]
    assert "1 lines of pip's" in capsys.readouterr().err
    monkeypatch.setenv("PIP_CONSTRAINT", "/absent.txt")
    assert settings_of_a_job(tmp_path)[1] == "constraint = /absent.txt", "pip says so, if asked"


def test_local_indexes_and_wheels_are_shown_to_a_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_settings(monkeypatch, tmp_path)
    for name in ("home/project", "wheels", "in dex/later"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "home/project")
    wheel = tmp_path / "wheels" / "later-1-py3-none-any.whl"
    wheel.touch()
    shown = {str(tmp_path / "wheels")}
    for place in (f"file://{tmp_path}/wheels/", str(wheel), str(tmp_path / "wheels")):
        monkeypatch.setenv("PIP_FIND_LINKS", place)
        assert {each.rstrip("/") for each in wheel_folders()} == shown
        assert "://" not in settings_of_a_job(tmp_path)[0]
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"file://{tmp_path}/in%20dex file://{tmp_path}")
    assert wheel_folders() == {str(tmp_path / "in dex")}


def test_settings_that_pip_cannot_read_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_settings(monkeypatch, tmp_path)
    (tmp_path / "pip.conf").write_text("index-url = https://private/\n")
    with pytest.raises(MlopsError, match=r"pip.conf cannot be read: File contains no section"):
        write_settings(tmp_path / "tmp")
