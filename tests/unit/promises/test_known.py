"""The file of answers: damage, a full disk or a killed writer lose answers, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from promises import known
from promises.known import cache_folder, known_answers

FILE = "answers.json"


def note(folder: Path, **answers: str) -> None:
    with known_answers(folder) as found:
        found.update(answers)


def noted(folder: Path) -> dict[str, str]:
    with known_answers(folder) as found:
        return dict(found)


def test_what_was_noted_is_found_again(tmp_path: Path) -> None:
    note(tmp_path / "new", one="1")
    note(tmp_path / "new", two="2")
    assert noted(tmp_path / "new") == {"one": "1", "two": "2"}


def test_without_a_folder_nothing_is_known_or_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with known_answers(None) as found:
        found["one"] = "1"
    assert list(tmp_path.iterdir()) == []


def test_what_was_found_before_an_interruption_is_kept(tmp_path: Path) -> None:
    def interrupted() -> None:
        with known_answers(tmp_path) as found:
            found["one"] = "1"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert noted(tmp_path) == {"one": "1"}


@pytest.mark.parametrize("place", [0, 10, 64, 65, 66, 80, -1])
def test_a_file_with_one_wrong_byte_is_as_good_as_none(tmp_path: Path, place: int) -> None:
    note(tmp_path, one="1", two="2")
    content = bytearray((tmp_path / FILE).read_bytes())
    content[place] ^= 1
    (tmp_path / FILE).write_bytes(content)
    assert noted(tmp_path) == {}
    note(tmp_path, three="3")
    assert noted(tmp_path) == {"three": "3"}


@pytest.mark.parametrize("length", [0, 1, 64, 65, 70])
def test_a_file_that_ends_early_is_as_good_as_none(tmp_path: Path, length: int) -> None:
    note(tmp_path, one="1", two="2")
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:length])
    assert noted(tmp_path) == {}


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    note(tmp_path / "file", one="1")
    assert noted(tmp_path / "file") == {}
    (tmp_path / "taken" / FILE).mkdir(parents=True)
    note(tmp_path / "taken", one="1")
    assert noted(tmp_path / "taken") == {}


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    note(tmp_path, one="1")
    before = (tmp_path / FILE).read_bytes()
    program = f"""
import pathlib, resource, signal
from promises.known import known_answers
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
with known_answers(pathlib.Path({str(tmp_path)!r})) as found:
    found["long"] = "x" * 10_000
"""
    subprocess.run([sys.executable, "-c", program], check=True)
    assert (tmp_path / FILE).read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [FILE]


def test_a_killed_writer_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    note(tmp_path, one="1")
    program = f"""
import os, pathlib, signal
from promises.known import known_answers
pathlib.Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
with known_answers(pathlib.Path({str(tmp_path)!r})) as found:
    found["two"] = "2"
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    assert noted(tmp_path) == {"one": "1"}


def test_two_at_once_never_leave_half_a_file(tmp_path: Path) -> None:
    program = f"""
import pathlib, sys
from promises.known import known_answers
for number in range(40):
    with known_answers(pathlib.Path({str(tmp_path)!r})) as found:
        assert number == 0 or found, "damaged"
        found[f"{{sys.argv[1]}}-{{number}}"] = "x" * 1000
"""
    writers = [subprocess.Popen([sys.executable, "-c", program, name]) for name in "ab"]
    assert [each.wait() for each in writers] == [0, 0]
    assert {"a-39", "b-39"} & set(noted(tmp_path))


def test_the_oldest_answers_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "_MOST", 2)
    note(tmp_path, one="1", two="2")
    note(tmp_path, three="3")
    assert noted(tmp_path) == {"two": "2", "three": "3"}


def test_the_folder_is_in_a_project_or_where_one_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(known.VARIABLE)
    assert cache_folder() is None
    (tmp_path / "cdk.json").write_text("{}")
    assert cache_folder() == Path("build/proofs")
    monkeypatch.setenv(known.VARIABLE, str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.setenv(known.VARIABLE, "off")
    assert cache_folder() is None
