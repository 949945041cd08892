"""What is kept of files that a job refuses."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

import join_truth
from tabular.failure import JobError
from tabular.quarantine import quarantined
from tests.unit.processing_code.tabular.problems import rows_of, schema_of, trained

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.unit.processing_code.tabular.problems import Make


@pytest.fixture
def quarantine(ml_root: Path) -> Path:
    folder = ml_root / "processing/output/quarantine"
    folder.mkdir(parents=True)
    return folder


def _deliver(folder: Path, **files: str) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return sorted(folder.iterdir())


def _read(files: Sequence[Path]) -> None:
    for file in files:
        if "bad" in file.read_text():
            raise JobError(f"{file.name} is bad")


def _refuse(folder: Path, files: Sequence[Path]) -> None:
    with pytest.raises(JobError), quarantined(folder, files, _read):
        raise JobError("one is bad")


def test_the_files_at_fault_are_kept_with_the_reason(quarantine: Path, tmp_path: Path) -> None:
    files = _deliver(tmp_path / "data", first="good", second="bad", third="bad, too")
    _refuse(tmp_path / "data", files)
    (place,) = quarantine.iterdir()
    assert sorted(each.name for each in (place / "files").iterdir()) == ["second.csv", "third.csv"]
    assert (place / "files/second.csv").read_text() == "bad"
    assert json.loads((place / "reason.json").read_text()) == {
        "reason": "one is bad",
        "files": [
            {"file": f"{name}.csv", "sha256": hashlib.sha256(text).hexdigest()}
            for name, text in (("second", b"bad"), ("third", b"bad, too"))
        ],
    }


def test_all_are_where_none_is_at_fault_alone(quarantine: Path, tmp_path: Path) -> None:
    _refuse(tmp_path / "data", _deliver(tmp_path / "data", first="good", second="good"))
    (place,) = quarantine.iterdir()
    assert len([*(place / "files").iterdir()]) == 2


def test_the_same_files_are_there_once(quarantine: Path, tmp_path: Path) -> None:
    for _ in range(2):
        _refuse(tmp_path / "data", _deliver(tmp_path / "data", first="bad"))
    (place,) = quarantine.iterdir()
    before = (place / "reason.json").read_bytes()
    _refuse(tmp_path / "other", _deliver(tmp_path / "other", first="bad"))
    assert (place / "reason.json").read_bytes() == before, "wherever they lay"
    _refuse(tmp_path / "data", _deliver(tmp_path / "data", first="bad, otherwise"))
    assert len([*quarantine.iterdir()]) == 2


def test_what_is_not_refused_stays_where_it_is(quarantine: Path, tmp_path: Path) -> None:
    files = _deliver(tmp_path / "data", first="good")
    with quarantined(tmp_path / "data", files, _read):
        pass
    with pytest.raises(ValueError, match="ours"), quarantined(tmp_path / "data", files, _read):
        raise ValueError("ours")
    assert not [*quarantine.iterdir()]


def test_a_job_without_that_output_makes_none(ml_root: Path, tmp_path: Path) -> None:
    _refuse(tmp_path / "data", _deliver(tmp_path / "data", first="bad"))
    assert not (ml_root / "processing/output/quarantine").exists()


def test_batches_and_truths_of_a_table(make: Make) -> None:
    run = make(schema_of("regression"))
    trained(run, "regression")
    quarantine = run.output("quarantine")
    quarantine.mkdir(parents=True)
    good = rows_of("regression", 20, seed=7).to_csv(index=False)
    run.deliver(good=good, other="key,key\nk1,k2\n")
    assert run.number() == 1
    (place,) = quarantine.iterdir()
    assert [each.name for each in (place / "files").iterdir()] == ["other.csv"]
    run.deliver(batch=good)
    assert (run.number("--set-aside-limit", "2"), run.number(), run.score()) == (1, 0, 0)
    run.deliver(truth="key,cost\nk1,5\n")
    assert run.join() == 1
    (truth,) = {*quarantine.iterdir()} - {place}
    assert "lack the column price" in json.loads((truth / "reason.json").read_text())["reason"]


def test_truths_of_abalone(quarantine: Path, ml_root: Path) -> None:
    _deliver(ml_root / "processing/input/data", today="id,rings\na,9\n", wrong="id,age\na,9\n")
    assert join_truth.main(["--model-package", "arn:model/1"]) == 1
    (place,) = quarantine.iterdir()
    assert [each.name for each in (place / "files").iterdir()] == ["wrong.csv"]
