"""The packages of a problem: installed beside the model by their hashes, found by who answers."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from tabular.failure import JobError
from tabular.packages import FOLDER, install

if TYPE_CHECKING:
    from pathlib import Path

METADATA = "Metadata-Version: 2.1\nName: passenger\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    file = folder / "passenger-1.0-py3-none-any.whl"
    facts = "passenger-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("passenger.py", "SEATS = 4\n")
        archive.writestr(f"{facts}/METADATA", METADATA)
        archive.writestr(f"{facts}/WHEEL", WHEEL)
        archive.writestr(f"{facts}/RECORD", "passenger.py,,\n")
    return file


def pins(tmp_path: Path, wheel: Path, digest: str = "") -> Path:
    found = digest or hashlib.sha256(wheel.read_bytes()).hexdigest()
    file = tmp_path / "packages.txt"
    file.write_text(f"passenger==1.0 --hash=sha256:{found}\n")
    return file


def test_a_package_lies_in_the_artefact_and_is_imported_from_there(
    tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    install(wheel.parent, pins(tmp_path, wheel), tmp_path / "model")
    import passenger  # type: ignore[import-not-found]

    assert passenger.SEATS == 4
    assert (tmp_path / "model" / FOLDER / "passenger.py").is_file()
    # The image's own packages come first.
    assert sys.path[-1] == str(tmp_path / "model" / FOLDER)


def test_another_wheel_than_the_pinned_one_is_refused(tmp_path: Path, wheel: Path) -> None:
    with pytest.raises(JobError, match=r"packages\.txt cannot be installed from its wheels"):
        install(wheel.parent, pins(tmp_path, wheel, "0" * 64), tmp_path / "model")
