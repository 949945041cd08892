"""The data of a run have an address of their own."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.jobs.storage import ObjectStore
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


def test_data_that_changed_or_went_are_told(s3: MemoryS3, state: RunState, data: Path) -> None:
    store = ObjectStore(s3)  # type: ignore[arg-type]
    data.write_text("1,3")
    with pytest.raises(MlopsError, match="has changed since the start of run r"):
        place_data(store, state)
    data.unlink()
    with pytest.raises(MlopsError, match="do not exist any more"):
        place_data(store, state)
    assert s3.uris() == []
