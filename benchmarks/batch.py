"""Throughput of a batch, from delivered rows to predictions with ids, against plain pandas.

The plain way reads with pandas, makes the features, predicts and writes CSV. Ours does more and is
measured as the jobs run, from files to files, each in a process of its own with its peak memory.
The model server in between is not: its rate is that of `answer` on the same rows, given apart.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

ROWS = 500_000
TRAINED_ON = 3_000
PROJECT = Path(__file__).resolve().parent.parent
ARN = "arn:aws:sagemaker:eu-central-1:111111111111:model-package/benchmark/1"


@dataclass(frozen=True)
class Cost:
    """Time and peak memory of a part in a process of its own, imports left out of the time."""

    seconds: float
    megabytes: float

    def told(self, rows: int) -> str:
        """Render for people."""
        return f"{rows / self.seconds:,.0f} rows/s, {self.megabytes:,.0f} MB"


def _cost(root: Path, imports: str, call: str) -> Cost:
    """Measure a call, as a job of its own, with a folder for `/opt/ml`."""
    program = (
        f"import sys, time\n{imports}\nstart = time.perf_counter()\n"
        f"failed = {call}\nseconds = time.perf_counter() - start\n"
        "status = open('/proc/self/status').read()\n"  # getrusage tells of the parent, too
        "peak = int(status.split('VmHWM:')[1].split()[0]) / 1024\n"
        'sys.stderr.write(f"\\n{seconds} {peak}")\nsys.exit(failed)'
    )
    environment = {
        **os.environ,
        "ML_ROOT": str(root),
        "PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT / "processing_code")]),
    }
    costs = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{call}: {done.stderr[-2000:]}")
        seconds, megabytes = map(float, done.stderr.splitlines()[-1].split())
        costs.append(Cost(seconds, megabytes))
    return min(costs, key=lambda cost: cost.seconds)


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
    """Score with pandas."""
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
    """Measure both on the same generated rows."""
    from mlops.data.generate import draw, to_csv

    code = str(PROJECT / "processing_code")
    with (
        tempfile.TemporaryDirectory() as name,
        mock.patch.object(sys, "path", [code, *sys.path]),
        mock.patch.dict(os.environ, {"ML_ROOT": name}),
    ):
        root = Path(name)
        _train(root, to_csv(draw(TRAINED_ON, seed=1)))
        import polars as pl

        from abalone.model import Model
        from abalone.tables import read_columns

        records = to_csv(draw(rows, seed=2)).splitlines()
        source = root / "processing/input/data/batch.csv"
        source.write_text("\n".join(line.rpartition(",")[0] for line in records) + "\n")
        call = f"preprocess_batch.main(['--model-package', {ARN!r}])"
        before = _cost(root, "import preprocess_batch", call)
        given = pl.read_csv(source, has_header=False, new_columns=list(_features()))
        source.unlink()
        given.write_parquet(source.with_suffix(".parquet"))
        parquet = _cost(root, "import preprocess_batch", call)
        unordered = _cost(root, "import preprocess_batch", call.replace("])", ", '--unordered'])"))
        source.with_suffix(".parquet").unlink()
        given.write_csv(source, include_header=False)
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
        after = _cost(
            root,
            "import postprocess_batch",
            f"postprocess_batch.main({['--model-package', ARN, *stamp]!r})",
        )
        baseline = _cost(
            root,
            "import pathlib, numpy, pandas, xgboost; from benchmarks.batch import plain",
            f"plain(pathlib.Path({name!r}), pathlib.Path({str(source)!r}))",
        )
    total = before.seconds + answering + after.seconds
    for part, cost in (
        ("Preprocess", before),
        ("Preprocess of Parquet", parquet),
        ("Preprocess of a query's rows", unordered),
        ("Postprocess", after),
        ("pandas, all in one", baseline),
    ):
        print(f"batch: {part}: {cost.told(rows)}", file=sys.stderr)
    print(f"batch: model: {rows / answering:,.0f} rows/s", file=sys.stderr)
    return [
        {
            "name": f"score {rows:,} rows",
            "baseline_seconds": baseline.seconds,
            "ours_seconds": total,
            "ratio": baseline.seconds / total,
        }
    ]


def _features() -> tuple[str, ...]:
    from abalone.schema import FEATURES

    return FEATURES
