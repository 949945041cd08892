"""A container's view of /opt/ml in a temporary folder, and jobs run in it."""

from __future__ import annotations

import shutil
import tarfile
from typing import TYPE_CHECKING

import pytest

import preprocess
import train
from mlops.data.generate import draw, to_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHANNELS = ("train", "validation", "transformer")


@pytest.fixture(scope="session")
def records() -> list[str]:
    """Six hundred synthetic records, one a line."""
    return to_csv(draw(600, seed=1)).splitlines()


@pytest.fixture
def ml_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty /opt/ml."""
    root = tmp_path / "ml"
    monkeypatch.setenv("ML_ROOT", str(root))
    for name in (
        "SM_MODEL_DIR",
        "SM_OUTPUT_DATA_DIR",
        *(f"SM_CHANNEL_{c.upper()}" for c in CHANNELS),
    ):
        monkeypatch.delenv(name, raising=False)
    return root


@pytest.fixture
def give(ml_root: Path) -> Callable[..., Path]:
    """Write a file into the data input."""

    def write(content: str | bytes, name: str = "abalone.csv") -> Path:
        path = ml_root / "processing" / "input" / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, records: list[str]) -> Path:
    """An /opt/ml in which Preprocess and Train have run once; only to be read or copied."""
    root = tmp_path_factory.mktemp("trained")
    data = root / "processing" / "input" / "data" / "abalone.csv"
    data.parent.mkdir(parents=True)
    data.write_text("\n".join(records) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ML_ROOT", str(root))
        assert preprocess.main(["--seed", "1"]) == 0
        for channel in CHANNELS:
            patch.setenv(f"SM_CHANNEL_{channel.upper()}", str(root / "processing/output" / channel))
        assert train.main(["--num_boost_round", "60", "--early_stopping_rounds", "20"]) == 0
    archive = root / "processing" / "input" / "model" / "model.tar.gz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(root / "model", arcname=".")
    for part in ("train", "validation", "test"):
        shutil.copytree(root / "processing/output" / part, root / "processing/input" / part)
    champion = root / "processing/input/champion"
    champion.mkdir()
    (champion / "README.txt").write_text("The champion is put here.\n")
    return root


@pytest.fixture
def after_training(trained: Path, ml_root: Path) -> Path:
    """A copy of `trained` that a test may change, as the current /opt/ml."""
    shutil.copytree(trained, ml_root)
    return ml_root
