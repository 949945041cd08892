from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mlops.data.generate import MOMENTS, PARTS, RINGS, ROWS, SEX_COUNTS, draw, generate
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def animals() -> dict[str, Any]:
    return draw(ROWS, seed=20)


def test_it_has_the_published_figures(animals: dict[str, Any]) -> None:
    sexes, counts = np.unique(animals["sex"], return_counts=True)
    assert dict(zip(sexes.tolist(), counts.tolist(), strict=True)) == SEX_COUNTS
    for name, (mean, spread) in {**MOMENTS, "rings": RINGS}.items():
        assert animals[name].mean() == pytest.approx(mean, rel=0.02), name
        assert animals[name].std() == pytest.approx(spread, rel=0.03), name
    assert 1 <= animals["rings"].min() < 5
    assert 20 < animals["rings"].max() <= 29


def test_it_hangs_together_as_animals_do(animals: dict[str, Any]) -> None:
    def correlation(one: str, other: str) -> float:
        return float(np.corrcoef(animals[one], animals[other])[0, 1])

    assert correlation("length", "diameter") > 0.97
    assert correlation("length", "whole_weight") > 0.9
    assert correlation("whole_weight", "shell_weight") > 0.93
    assert 0.5 < correlation("length", "rings") < 0.65
    assert correlation("shell_weight", "rings") > correlation("shucked_weight", "rings") + 0.1
    infants = animals["sex"] == "I"
    assert animals["rings"][infants].mean() < animals["rings"][~infants].mean() - 2
    assert (sum(animals[name] for name in PARTS) < animals["whole_weight"] + 0.001).all()
    assert all((animals[name] > 0).all() for name in MOMENTS)


def test_the_label_is_there(tmp_path: Path) -> None:
    found = generate(tmp_path / "abalone-synthetic.csv", rows=50, seed=3)
    assert found.synthetic
    assert found.sidecar == tmp_path / "abalone-synthetic.csv.json"
    label = json.loads(found.sidecar.read_text())
    assert (label["synthetic"], label["seed"], label["rows"]) == (True, 3, 50)
    assert len(found.path.read_text().splitlines()) == 50


def test_same_seed_same_bytes_in_another_process(tmp_path: Path) -> None:
    here = generate(tmp_path / "synthetic-a.csv", rows=300, seed=5)
    program = (
        "import sys, pathlib; from mlops.data.generate import generate\n"
        "print(generate(pathlib.Path(sys.argv[1]), rows=300, seed=5).sha256)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "synthetic-b.csv")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == here.sha256
    assert generate(tmp_path / "synthetic-c.csv", rows=300, seed=6).sha256 != here.sha256


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_any_number_of_rows(rows: int) -> None:
    assert {len(values) for values in draw(rows, seed=0).values()} == {rows}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"rows": 0}, "--rows 0"),
        ({"seed": -1}, "--seed -1"),
        ({"name": "abalone.csv"}, "must say `synthetic`"),
    ],
)
def test_nonsense_is_told(tmp_path: Path, arguments: dict[str, Any], says: str) -> None:
    path = tmp_path / arguments.pop("name", "synthetic.csv")
    with pytest.raises(MlopsError, match=says):
        generate(path, **arguments)
    assert not list(tmp_path.iterdir())
