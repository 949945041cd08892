"""How good model and intervals are on the real animals: ten seeded splits, the real scripts."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

import preprocess
import train
from abalone.intervals import coverage
from abalone.model import Model
from abalone.schema import COLUMNS
from abalone.tables import read_columns

if TYPE_CHECKING:
    from pathlib import Path

WORST_MSE = 5.5
"""No seed may hide behind the mean."""
SEEDS = range(10)
MOST_MSE = 4.30
"""The bar. Plain gradient boosting on the raw columns reaches about 4.5 on such splits, a linear
model 4.7, so a lost feature or a lost refit shows."""


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.skipif(not os.environ.get("ABALONE_CSV"), reason="ABALONE_CSV names no file")
def test_mean_mse_and_interval_coverage_of_ten_splits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, held = [], []
    for seed in SEEDS:
        root = tmp_path / str(seed)
        data = root / "processing/input/data"
        data.mkdir(parents=True)
        shutil.copyfile(os.environ["ABALONE_CSV"], data / "abalone.csv")
        monkeypatch.setenv("ML_ROOT", str(root))
        assert preprocess.main(["--seed", str(seed)]) == 0
        output = root / "processing/output"
        for channel in ("train", "validation", "transformer"):
            monkeypatch.setenv(f"SM_CHANNEL_{channel.upper()}", str(output / channel))
        assert train.main([]) == 0
        test = read_columns(output / "test/test.parquet", COLUMNS)
        assert len(test["rings"]) == pytest.approx(626, rel=0.1)  # by content, 15 % on average
        answer = Model.load(root / "model").answer(test)
        predictions = answer["prediction"].astype(float)
        found.append(float(np.mean((predictions - test["rings"]) ** 2)))
        held.append(coverage(test["rings"], answer["lower"], answer["upper"]))
    by_seed = [round(mse, 3) for mse in found]
    assert np.mean(found) <= MOST_MSE, by_seed
    assert max(found) < WORST_MSE, by_seed
    by_seed = [round(share, 3) for share in held]
    assert 0.88 <= np.mean(held) <= 0.92, by_seed
    # 626 rows say a share of 0.9 only to within 0.012 (one standard deviation).
    assert 0.86 < min(held) <= max(held) < 0.94, by_seed
