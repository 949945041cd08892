"""A store gives back what was kept whole, or nothing."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mlops_common import store
from mlops_common.store import NO_CACHE, Store

if TYPE_CHECKING:
    from pathlib import Path

VALUE = {"pipelines": ["training"], "read": {"b": "2", "a": "1"}}


@pytest.fixture(autouse=True)
def _caching(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NO_CACHE, raising=False)


def _entry(folder: Path) -> Path:
    (entry,) = folder.iterdir()
    return entry


def test_what_was_kept_comes_back_in_its_order(tmp_path: Path) -> None:
    kept = Store(tmp_path / "new" / "folder")
    assert kept.get("key") is None
    kept.put("key", VALUE)
    assert list(kept.get("key")["read"]) == ["b", "a"]
    assert kept.get("other key") is None


def test_no_damage_is_taken_for_a_value(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    kept.put("key", VALUE)
    entry = _entry(tmp_path)
    whole = entry.read_bytes()
    assert kept.get("key") == VALUE
    damaged = [whole[:length] for length in range(len(whole))]
    damaged += [
        whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        for place in range(len(whole))
    ]
    for content in [*damaged, whole + b" ", b"\xff\xfe", b"null"]:
        entry.write_bytes(content)
        assert kept.get("key") is None
    entry.unlink()
    entry.mkdir()
    assert kept.get("key") is None


def test_an_entry_in_the_place_of_another_is_none(tmp_path: Path) -> None:
    Store(tmp_path / "one").put("key", VALUE)
    Store(tmp_path / "two").put("other", VALUE)
    _entry(tmp_path / "one").replace(_entry(tmp_path / "two"))
    assert Store(tmp_path / "two").get("other") is None


def test_a_full_disk_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: object, _content: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "write_atomically", full)
    Store(tmp_path).put("key", VALUE)
    assert Store(tmp_path).get("key") is None


def test_a_folder_that_cannot_be_made_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    kept = Store(tmp_path / "file" / "folder")
    kept.put("key", VALUE)
    assert kept.get("key") is None


KILLED = """
import os, pathlib, signal, sys
from mlops_common.store import Store

pathlib.Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
Store(pathlib.Path(sys.argv[1])).put("key", "half")
"""


def test_a_killed_writer_leaves_no_entry(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir())
    assert Store(tmp_path).get("key") is None
    Store(tmp_path).put("key", VALUE)
    assert Store(tmp_path).get("key") == VALUE


BUSY = """
import pathlib, sys
from mlops_common.store import Store

kept = Store(pathlib.Path(sys.argv[1]))
for turn in range(200):
    kept.put("key", [sys.argv[2]] * 5000)
    found = kept.get("key")
    assert found and len(set(found)) == 1, found
"""


def test_two_at_once_never_read_half_a_value(tmp_path: Path) -> None:
    both = [
        subprocess.Popen([sys.executable, "-c", BUSY, str(tmp_path), name]) for name in ("a", "b")
    ]
    assert [each.wait() for each in both] == [0, 0]


def test_the_oldest_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_KEPT", 3)
    kept = Store(tmp_path)
    for age, key in enumerate("abcde"):
        kept.put(key, key)
        newest = max(tmp_path.iterdir(), key=lambda each: each.stat().st_mtime_ns)
        os.utime(newest, (age, age))
    assert [kept.get(key) for key in "abcde"] == [None, "b", "c", "d", "e"]


def test_turned_off_nothing_is_kept_or_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Store(tmp_path / "folder")
    kept.put("before", VALUE)
    monkeypatch.setenv(NO_CACHE, "1")
    kept.put("key", VALUE)
    assert kept.get("before") is None
    assert len(list((tmp_path / "folder").iterdir())) == 1
