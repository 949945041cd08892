"""The data of a run have an address of their own."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.jobs.storage import ObjectStore
from pipeline_local.runs.dataset import describe
from pipeline_local.runs.input_data import LOCATION, address_of, place_data
from pipeline_local.runs.run_state import RunState

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import MemoryS3

PLACE = "s3://data/raw/"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "new.csv"
    path.write_text("1,2")
    path.with_name("new.csv.json").write_text("{}")
    return path


@pytest.fixture
def state(data: Path) -> RunState:
    sha256 = hashlib.sha256(data.read_bytes()).hexdigest()
    known = {"path": str(data), "sha256": sha256}
    parameters = {LOCATION: address_of(PLACE, data)}
    return RunState("r", "p", "p", "dev", "1", "e", "aws", parameters, {}, data=known)


def test_data_are_placed_once_with_their_description(
    s3: MemoryS3, state: RunState, data: Path
) -> None:
    store = ObjectStore(s3)  # type: ignore[arg-type]
    s3.put(f"{PLACE}other.csv", "stays")
    assert place_data(store, state) == 2
    address = state.parameters[LOCATION]
    assert s3.uris() == sorted([f"{address}new.csv", f"{address}new.csv.json", f"{PLACE}other.csv"])
    data.unlink()
    assert place_data(store, state) == 0, "they are in S3: the file is not needed any more"


def test_a_folder_is_placed_with_all_its_files(s3: MemoryS3, tmp_path: Path) -> None:
    folder = tmp_path / "batch"
    for name, text in {
        "a.csv": "1",
        "b/c.csv": "2",
        "b/c.csv.json": "{}",
        ".DS_Store": "x",
    }.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    found = describe(folder, "given")
    address = address_of(PLACE, folder)
    known = {"path": str(folder), "sha256": found.sha256}
    state = RunState("r", "p", "p", "dev", "1", "e", "aws", {LOCATION: address}, {}, data=known)
    store = ObjectStore(s3)  # type: ignore[arg-type]
    assert place_data(store, state) == 3
    assert s3.uris() == [f"{address}{name}" for name in ("a.csv", "b/c.csv", "b/c.csv.json")]
    assert not found.synthetic
    (folder / "b/c.csv.json").write_text('{"synthetic": true}')
    assert describe(folder, "given").synthetic
    with pytest.raises(MlopsError, match="has changed since the start"):
        place_data(store, state)
    assert address_of(PLACE, folder) != address
    (tmp_path / "empty").mkdir()
    with pytest.raises(MlopsError, match="empty: the folder has no files"):
        describe(tmp_path / "empty", "given")


def test_other_data_have_another_address(data: Path) -> None:
    before = address_of(PLACE, data)
    assert before.startswith(PLACE)
    assert before == address_of(PLACE.rstrip("/"), data)
    data.with_name("new.csv.json").write_text('{"synthetic": true}')
    described_otherwise = address_of(PLACE, data)
    data.write_text("1,3")
    assert len({before, described_otherwise, address_of(PLACE, data)}) == 3
    with pytest.raises(MlopsError, match="is not an S3 URI"):
        address_of("data/raw", data)


def test_data_that_changed_or_went_are_reported(s3: MemoryS3, state: RunState, data: Path) -> None:
    store = ObjectStore(s3)  # type: ignore[arg-type]
    data.write_text("1,3")
    with pytest.raises(MlopsError, match="has changed since the start of run r"):
        place_data(store, state)
    data.unlink()
    with pytest.raises(MlopsError, match="do not exist any more"):
        place_data(store, state)
    assert s3.uris() == []
