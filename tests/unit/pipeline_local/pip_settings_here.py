"""Settings of pip, of which a test has those that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_local.jobs import pip_settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SETTINGS = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_PROXY")
PRIVATE = "index-url = https://me:secret@private/"


def without_settings(monkeypatch: pytest.MonkeyPatch, prefix: Path) -> None:
    """Let pip have no settings but those beside the interpreter."""
    for name in (
        *SETTINGS,
        "PIP_CERT",
        "PIP_CONSTRAINT",
        "PIP_CONFIG_FILE",
        "HTTPS_PROXY",
        "https_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pip_settings, "_MACHINE_FILE", prefix / "machine.conf")
    monkeypatch.setenv("HOME", str(prefix / "home"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(prefix / "machine"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(prefix / "home" / "settings"))
    monkeypatch.setattr("sys.prefix", str(prefix))
