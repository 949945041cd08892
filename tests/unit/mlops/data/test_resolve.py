from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops.data.generate import generate
from mlops.data.resolve import resolve
from mlops_common.errors import MlopsError
from pipeline_local.runs.dataset import Dataset, describe

if TYPE_CHECKING:
    from pathlib import Path


class Places:
    """All places where data may be, and what was said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.given = folder / "given.csv"
        self.named = folder / "named.csv"
        self.kept = folder / "dataset" / "abalone.csv"
        self.kept.parent.mkdir()
        for path in (self.given, self.named, self.kept):
            path.write_text(path.name)
        self.online = True
        self.warnings: list[str] = []

    def fetch(self, target: Path) -> Dataset:
        if not self.online:
            raise MlopsError("cannot fetch")
        target.write_text("fetched")
        return describe(target, "fetched")

    def find(self, given: Path | None = None, named: Path | None = None) -> Dataset:
        return resolve(
            given,
            folder=self.kept.parent,
            environment={"ABALONE_CSV": str(named)} if named else {},
            fetch=self.fetch,
            warn=self.warnings.append,
        )


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path)


def test_another_data_set_is_a_file_of_its_name_or_nothing(places: Places) -> None:
    folder = places.kept.parent
    with pytest.raises(MlopsError, match="reads the data set 'tumours': name its file"):
        resolve(name="tumours", folder=folder, environment={}, warn=places.warnings.append)
    (folder / "tumours.csv").write_text("1")
    found = resolve(name="tumours", folder=folder, environment={}, warn=places.warnings.append)
    assert found.path == folder / "tumours.csv"


def test_the_order(places: Places) -> None:
    assert places.find(places.given, places.named).path == places.given
    assert places.find(None, places.named).path == places.named
    assert places.find().path == places.kept
    assert places.kept.read_text() == "abalone.csv", "what is there is not fetched again"
    places.kept.unlink()
    assert places.find().source == "fetched"
    assert not places.warnings


def test_the_stand_in_comes_last_and_with_a_warning(places: Places) -> None:
    places.kept.unlink()
    places.online = False
    found = places.find()
    assert found.synthetic
    assert found.path == places.kept.parent / "abalone-synthetic.csv"
    (warning,) = places.warnings
    assert "cannot fetch" in warning
    assert "SYNTHETIC" in warning
    written = found.path.stat().st_mtime_ns
    assert places.find() == Dataset(found.path, "a synthetic stand-in", True, found.sha256)
    assert found.path.stat().st_mtime_ns == written, "made once"


@pytest.mark.parametrize("by", ["--data", "ABALONE_CSV"])
def test_what_was_named_is_never_replaced(places: Places, by: str) -> None:
    missing = places.folder / "missing.csv"
    named = {"given": missing} if by == "--data" else {"named": missing}
    with pytest.raises(MlopsError, match=rf"{by} names .*missing\.csv, which does not exist"):
        places.find(**named)


def test_synthetic_data_is_known_however_it_comes(places: Places) -> None:
    made = generate(places.folder / "synthetic.csv", rows=20)
    assert places.find(made.path).synthetic
    assert not places.find(places.given).synthetic


def test_a_broken_sidecar_is_told(places: Places) -> None:
    (places.folder / "given.csv.json").write_text("{")
    with pytest.raises(MlopsError, match=r"given\.csv\.json: is not readable JSON"):
        places.find(places.given)
