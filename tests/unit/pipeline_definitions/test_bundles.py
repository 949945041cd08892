"""Code is addressed by its content: a change moves it, nothing else does."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline_definitions import bundles
from pipeline_definitions.bundles import code_bundle, lock_digest, wheelhouse_bundle
from pipeline_definitions.errors import PipelineModuleError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

PROJECT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _staging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "STAGING_FOLDER", tmp_path / "staging")
    monkeypatch.setattr(bundles, "WHEELHOUSE_FOLDER", tmp_path / "wheelhouse")


def _code(folder: Path) -> Path:
    (folder / "package").mkdir(parents=True)
    (folder / "train.py").write_text("print('train')\n")
    (folder / "package" / "features.py").write_text("X = 1\n")
    return folder


def test_the_same_code_has_the_same_address_and_bytes_anywhere(tmp_path: Path) -> None:
    first, second = _code(tmp_path / "a"), _code(tmp_path / "deep" / "b")
    os.utime(second / "train.py", (0, 0))
    (second / "train.py").chmod(0o600)
    one = code_bundle(first)
    archive = (one.folder / "sourcedir.tar.gz").read_bytes()
    other = code_bundle(second)
    assert (one.key_prefix, one.folder) == (other.key_prefix, other.folder)
    assert archive == (other.folder / "sourcedir.tar.gz").read_bytes()


def test_a_changed_line_changes_the_address(tmp_path: Path) -> None:
    code = _code(tmp_path / "code")
    before = code_bundle(code)
    (code / "package" / "features.py").write_text("X = 2\n")
    after = code_bundle(code)
    assert before.key_prefix != after.key_prefix
    assert (before.folder / "package" / "features.py").read_text() == "X = 1\n"


def _edit(folder: Path) -> None:
    (folder / "train.py").write_text("print('edited')\n")


def _remove(folder: Path) -> None:
    (folder / "package" / "features.py").unlink()


def _add(folder: Path) -> None:
    (folder / "README.md").write_text("of no job code")


def _spoil(folder: Path) -> None:
    (folder / "sourcedir.tar.gz").write_bytes(b"")


def _no_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.touch()


@pytest.mark.parametrize("damage", [_edit, _remove, _add, _spoil, _no_folder])
def test_staged_code_that_was_changed_is_staged_anew(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    code = _code(tmp_path / "code")
    staged = code_bundle(code).folder
    before = {path: path.read_bytes() for path in staged.rglob("*.*")}
    damage(staged)
    assert code_bundle(code).folder == staged
    assert {path: path.read_bytes() for path in staged.rglob("*") if path.is_file()} == before
    assert list(staged.parent.iterdir()) == [staged]


def test_a_renamed_file_changes_the_address(tmp_path: Path) -> None:
    code = _code(tmp_path / "code")
    before = code_bundle(code)
    (code / "train.py").rename(code / "training.py")
    assert code_bundle(code).digest != before.digest


def test_caches_and_notes_are_left_out(tmp_path: Path) -> None:
    code = _code(tmp_path / "code")
    before = code_bundle(code)
    (code / "__pycache__").mkdir()
    (code / "__pycache__" / "train.cpython-311.pyc").write_bytes(b"\0")
    (code / "README.md").write_text("read me")
    (code / ".train.py.swp").write_text("an editor's")
    (code / "package" / ".ipynb_checkpoints").mkdir()
    (code / "package" / ".ipynb_checkpoints" / "features.py").write_text("Jupyter's")
    assert code_bundle(code) == before


def test_the_archive_holds_the_code_for_script_mode(tmp_path: Path) -> None:
    bundle = code_bundle(_code(tmp_path / "code"))
    with tarfile.open(bundle.folder / "sourcedir.tar.gz") as archive:
        assert archive.getnames() == ["package/features.py", "train.py"]
        assert {entry.mtime for entry in archive} == {0}


@pytest.mark.parametrize("make", [lambda _: None, Path.mkdir], ids=["missing", "empty"])
def test_no_code_is_said_with_the_folder(tmp_path: Path, make: object) -> None:
    folder = tmp_path / "nothing"
    make(folder)  # type: ignore[operator]
    with pytest.raises(PipelineModuleError, match="nothing"):
        code_bundle(folder)


def test_a_lock_files_layout_does_not_matter_but_its_pins_do(tmp_path: Path) -> None:
    lock = tmp_path / "wheelhouse.txt"
    lock.write_text("# a comment\npolars==1.0 \\\n    --hash=sha256:aa\n    # via x\n")
    before = lock_digest(lock)
    lock.write_text("polars==1.0 --hash=sha256:aa\n")
    assert lock_digest(lock) == before
    lock.write_text("polars==1.0 --hash=sha256:bb\n")
    assert lock_digest(lock) != before


def test_wheels_not_fetched_yet_say_what_to_do(tmp_path: Path) -> None:
    lock = tmp_path / "wheelhouse.txt"
    lock.write_text("polars==1.0 --hash=sha256:aa\n")
    with pytest.raises(PipelineModuleError, match="make setup"):
        wheelhouse_bundle(lock)


PIN = "polars==1.0 --hash=sha256:" + 64 * "a"


@pytest.fixture
def wheelhouse() -> ModuleType:
    path = PROJECT / "tools" / "wheelhouse.py"
    spec = importlib.util.spec_from_file_location("wheelhouse", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_set_up_and_synth_agree_on_the_wheels_address(wheelhouse: ModuleType) -> None:
    lock = PROJECT / "processing_code" / "wheelhouse.txt"
    assert wheelhouse.folders()[lock].name == lock_digest(lock)


def test_of_one_address_there_are_the_same_bytes_whatever_an_earlier_set_up_left(
    wheelhouse: ModuleType, tmp_path: Path
) -> None:
    # The address does not see comments of the lock file, so no copy of it may lie with the wheels.
    (tmp_path / "processing_code").mkdir()
    (tmp_path / "processing_code" / "wheelhouse.txt").write_text(f"# new words\n{PIN}\n")
    (folder,) = wheelhouse.folders(tmp_path).values()
    folder.mkdir(parents=True)
    (folder / "polars-1.0-py3-none-any.whl").touch()
    (folder / "wheelhouse.txt").write_text(f"# old words\n{PIN}\n")
    wheelhouse.fetch(project=tmp_path)
    assert [each.name for each in folder.iterdir()] == ["polars-1.0-py3-none-any.whl"]


@pytest.mark.parametrize(
    "line",
    [
        "polars==1.0",
        "polars>=1.0 --hash=sha256:" + 64 * "a",
        "-r others.txt",
        "--extra-index-url https://elsewhere/",
        f"{PIN} --index-url https://elsewhere/",
        f"{PIN} ; python_version < '3'",
        "polars @ https://elsewhere/polars.whl#sha256=" + 64 * "a",
        "./polars.whl --hash=sha256:" + 64 * "a",
        "-e .",
        "pоlars==1.0 --hash=sha256:" + 64 * "a",  # noqa: RUF001 - its second letter is Cyrillic
        "polars==${VERSION} --hash=sha256:" + 64 * "a",
        "pol\\\nars==1.0 --hash=md5:" + 32 * "a",
    ],
)
def test_a_line_that_is_no_pinned_package_is_refused(
    wheelhouse: ModuleType, tmp_path: Path, line: str
) -> None:
    lock = tmp_path / "pipeline_definitions" / "churn" / "problem" / "packages.txt"
    lock.parent.mkdir(parents=True)
    lock.write_text(f"{PIN}\n{line}\n")
    (tmp_path / "processing_code").mkdir()
    (tmp_path / "processing_code" / "wheelhouse.txt").write_text(f"{PIN}\n  # via us\n")
    with pytest.raises(SystemExit, match=r"packages\.txt: .* is not a package by version and hash"):
        wheelhouse.fetch(project=tmp_path)
