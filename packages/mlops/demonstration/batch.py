"""Second half of the demonstration, on the test rows: approve, score, check drift and quality."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops.demonstration.shown import Stage
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    import polars as pl

    from mlops.demonstration.shown import Demonstration
    from mlops.registry import ModelVersion
    from pipeline_local.jobs.storage import ObjectStore
    from pipeline_local.runs.observer import Observer
    from pipeline_local.runs.run_state import RunState, StepState

BATCH, QUALITY = "batch-inference", "model-quality"
SHOWN_ROWS = 5
FOLDER = Path("build") / "demonstration"
_UNUSABLE = "demo-unusable,X,0.5,0.4,0.1,0.6,0.3,0.1,0.2\n"


@dataclass(frozen=True)
class Delivered:
    """CSV files of the demonstration: raw columns by id, and rings by id."""

    rows: Path
    truth: Path


def score_unseen(
    trained: RunState,
    version: ModelVersion,
    root: Path,
    observer: Observer,
    shown: Demonstration,
) -> None:
    """Approve a version and score a batch with it, in its environment."""
    from mlops.local_project import connected_store

    environment = trained.environment
    _approve(environment, version, shown)
    store = connected_store(trained)
    if store is None:
        raise MlopsError("the local AWS does not answer any more: mlops local status")
    delivered = deliver(trained, store, root / FOLDER)
    batch = run_pipeline(BATCH, environment, root, observer, delivered.rows)
    figures = store.read_json(f"{_output(batch.steps['Postprocess'], 'report')}/figures.json")
    _tell_batch(batch, figures, shown)
    _tell_results(batch, store, delivered, shown)
    quality = run_pipeline(QUALITY, environment, root, observer, delivered.truth)
    measured = store.read_json(f"{_output(quality.steps['MeasureQuality'], 'report')}/figures.json")
    shown.stages.append(
        Stage(
            "model quality",
            _seconds(quality),
            f"MSE {measured['mse']:.3f} over {measured['pairs']} truths, the model's baseline "
            f"{measured['mse_limit']:.3f}",
        )
    )
    shown.facts |= {"batch_run": batch.run_id, "quality_run": quality.run_id}
    shown.facts |= {"batch": figures["figures"], "quality": measured}
    shown.places["batch"] = f"build/runs/{batch.run_id}  (mlops runs show {batch.run_id})"
    shown.places["batch report"] = f"mlops runs report {batch.run_id}"


def deliver(trained: RunState, store: ObjectStore, folder: Path) -> Delivered:
    """Write a batch of test rows, one of them unusable, and their truth."""
    import polars as pl

    with tempfile.TemporaryDirectory() as scratch:
        store.download(_output(trained.steps["Preprocess"], "test"), Path(scratch))
        test = pl.read_parquet(Path(scratch) / "test.parquet")
    named = test.with_columns(pl.format("snail-{}", "row_id").alias("id"))
    folder.mkdir(parents=True, exist_ok=True)
    delivered = Delivered(folder / "unseen-rows.csv", folder / "truth.csv")
    rows = named.select("id", pl.exclude("id", "row_id", "rings")).write_csv() + _UNUSABLE
    delivered.rows.write_text(rows, encoding="utf-8")
    named.select("id", "rings").write_csv(delivered.truth)
    return delivered


def _approve(environment: str, version: ModelVersion, shown: Demonstration) -> None:
    from mlops.registry import decide, open_registry

    started = time.monotonic()
    registry = open_registry(environment, local=True)
    decision = decide(registry, version, "Approved", "shown by mlops demo")
    shown.facts["status"] = decision.version.status
    result = f"version {version.version}: {decision.before} -> {decision.version.status}"
    shown.stages.append(Stage("approve", time.monotonic() - started, result))


def run_pipeline(
    pipeline: str, environment: str, root: Path, observer: Observer, data: Path | None = None
) -> RunState:
    """Run a pipeline; raise an error unless it succeeds."""
    from mlops.local_project import local_project
    from pipeline_local.runs import runner
    from pipeline_local.runs.run_state import Status

    request = runner.RunRequest(pipeline, environment, {}, data)
    state = runner.start(request, local_project(root), observer)
    if state.status is not Status.SUCCEEDED:
        raise MlopsError(
            f"run {state.run_id} of {pipeline}: {state.status}: {state.failure}; "
            f"look at it: mlops runs show {state.run_id}"
        )
    return state


def _tell_batch(batch: RunState, report: dict[str, Any], shown: Demonstration) -> None:
    figures = report["figures"]
    rows = (
        f"{figures['RowsIn']} rows in, {figures['RowsScored']} scored, "
        f"{figures['RowsSetAside']} set aside"
    )
    shown.stages.append(Stage("score a batch", _seconds(batch), rows))
    worst = max(figures["DriftDistanceByFeature"].items(), key=lambda item: item[1])
    kinds = ", ".join(f"{kind} {n}" for kind, n in figures["ViolationsByKind"].items())
    drift = (
        f"{figures['Violations']} violations{f' ({kinds})' if kinds else ''}; "
        f"farthest from training: {worst[0]}, {worst[1]:.3f}"
    )
    shown.stages.append(Stage("check drift", batch.steps["CheckDataQuality"].seconds or 0, drift))


def _tell_results(
    batch: RunState, store: ObjectStore, delivered: Delivered, shown: Demonstration
) -> None:
    """Show a few predictions beside the true rings."""
    import polars as pl

    place = _output(batch.steps["Postprocess"], "predictions")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        store.download(f"{place}/scored", folder)
        found = pl.scan_parquet(sorted(folder.rglob("*.parquet")), hive_partitioning=False)
        mine = found.filter(pl.col("run_id") == batch.run_id).collect()
    truth = pl.read_csv(delivered.truth)
    shown.tables["predictions"] = _lines(mine.join(truth, on="id", maintain_order="left"))
    shown.places["predictions"] = f"{place}/scored/  (Glue table predictions)"


def _lines(rows: pl.DataFrame) -> list[str]:
    lines = [f"{'id':<16}{'prediction':>12}{'90 % interval':>18}{'true rings':>12}"]
    for row in rows.head(SHOWN_ROWS).iter_rows(named=True):
        interval = f"{row['lower']:.1f} to {row['upper']:.1f}"
        lines.append(f"{row['id']:<16}{row['prediction']:>12.2f}{interval:>18}{row['rings']:>12}")
    inside = rows.filter(rows["rings"].is_between(rows["lower"], rows["upper"])).height
    lines.append(f"of {rows.height} rows the interval holds the true rings in {inside}")
    return lines


def _output(step: StepState, name: str) -> str:
    outputs = step.properties["ProcessingOutputConfig"]["Outputs"]
    return next(str(o["S3Output"]["S3Uri"]) for o in outputs if o["OutputName"] == name)


def _seconds(state: RunState) -> float:
    return sum(step.seconds or 0.0 for step in state.steps.values())
