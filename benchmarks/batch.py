"""Throughput of a batch, from delivered rows to predictions with ids, against plain pandas.

The plain way does what tutorials do: read with pandas, make the features, build a DMatrix, predict,
write CSV. Ours does more (judges every row, keeps ids, writes what the model is asked and what the
drift check reads, intervals, Parquet and CSV) and is measured as the jobs run, from files to files.
The model server in between is not: its rate is that of `answer` on the same rows, given apart.
"""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 500_000
TRAINED_ON = 3_000
ARN = "arn:aws:sagemaker:eu-central-1:111111111111:model-package/benchmark/1"


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _train(root: Path, records: str) -> None:
    """Make an artefact as Preprocess and Train do."""
    import preprocess
    import train

    data = root / "processing/input/data/abalone-synthetic.csv"
    data.parent.mkdir(parents=True)
    data.write_text(records, encoding="utf-8")
    channels = {
        f"SM_CHANNEL_{name.upper()}": str(root / "processing/output" / name)
        for name in ("train", "validation", "transformer")
    }
    with mock.patch.dict(os.environ, channels):
        if preprocess.main([]) or train.main(["--num_boost_round", "50"]):
            raise RuntimeError("the benchmark's model could not be trained")
    archive = root / "processing/input/model/model.tar.gz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(root / "model", arcname=".")
    data.unlink()


def plain(root: Path, source: Path) -> None:
    """Score with pandas.

    Parameters
    ----------
    root : Path
        Has the model.
    source : Path
        CSV of records without rings.
    """
    import numpy as np
    import pandas as pd
    import xgboost as xgb

    from abalone.features import RECIPES
    from abalone.model import Model
    from abalone.schema import FEATURES, MEASUREMENTS, SEX

    model = Model.load(root / "model")
    frame = pd.read_csv(source, header=None, names=list(FEATURES))
    columns = {name: frame[name].to_numpy() for name in MEASUREMENTS}
    matrix = pd.DataFrame(
        {
            **{f"{SEX}_{level}": frame[SEX] == level for level in model.transformer.levels},
            **{name: RECIPES[name](columns) for name in model.transformer.features},
        }
    )
    said = model.booster.predict(xgb.DMatrix(matrix.astype(np.float32)))
    pd.DataFrame({"prediction": said}).to_csv(root / "plain.csv")


def run(rows: int = ROWS) -> list[dict[str, Any]]:
    """Measure both on the same generated rows.

    Parameters
    ----------
    rows : int
        Number of records.

    Returns
    -------
    list of dict
        One entry: `name`, `baseline_seconds`, `ours_seconds`, `ratio` (above 1: ours is faster).
    """
    from mlops.data.generate import draw, to_csv

    code = str(Path(__file__).resolve().parent.parent / "processing_code")
    with (
        tempfile.TemporaryDirectory() as name,
        mock.patch.object(sys, "path", [code, *sys.path]),
        mock.patch.dict(os.environ, {"ML_ROOT": name}),
    ):
        root = Path(name)
        _train(root, to_csv(draw(TRAINED_ON, seed=1)))
        import polars as pl

        import postprocess_batch
        import preprocess_batch
        from abalone.model import Model
        from abalone.tables import read_columns

        records = to_csv(draw(rows, seed=2)).splitlines()
        source = root / "processing/input/data/batch.csv"
        source.write_text("\n".join(line.rpartition(",")[0] for line in records) + "\n")
        before = _seconds(lambda: preprocess_batch.main(["--model-package", ARN]))
        # The model's part: what a transform job's containers do with the same records.
        asked = pl.read_csv(
            root / "processing/output/records/part-00000.csv",
            has_header=False,
            new_columns=["row_id", *_features()],
        )
        asked.write_parquet(root / "asked.parquet")
        columns = read_columns(root / "asked.parquet", ("row_id", *_features()))
        model = Model.load(root / "model")
        answering = time.perf_counter()
        answers = model.answer(columns)
        answering = time.perf_counter() - answering
        scored = root / "processing/input/scored"
        scored.mkdir()
        table = pl.DataFrame({"row": columns["row_id"], **answers})
        table.write_csv(scored / "part-00000.csv.out", include_header=False)
        for target, origin in (("rows", "rows"), ("batch", "report")):
            shutil.copytree(root / "processing/output" / origin, root / "processing/input" / target)
        for target in ("check", "baseline"):
            folder = root / "processing/input" / target
            folder.mkdir()
            (folder / "statistics.json").write_text('{"features": []}')
        stamp = ["--model-version", "1", "--run-id", "r", "--time", "1764036000"]
        after = _seconds(lambda: postprocess_batch.main(["--model-package", ARN, *stamp]))
        baseline = _seconds(lambda: plain(root, source))
    total = before + answering + after
    print(
        f"batch: Preprocess {rows / before:,.0f} rows/s, model {rows / answering:,.0f} rows/s, "
        f"Postprocess {rows / after:,.0f} rows/s",
        file=sys.stderr,
    )
    return [
        {
            "name": f"score {rows:,} rows",
            "baseline_seconds": baseline,
            "ours_seconds": total,
            "ratio": baseline / total,
        }
    ]


def _features() -> tuple[str, ...]:
    from abalone.schema import FEATURES

    return FEATURES
