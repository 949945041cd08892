"""A batch from its rows to its predictions, as the pipeline runs it, without the pipeline."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

import inference
import postprocess_batch
import preprocess_batch
from abalone.schema import FEATURES
from pipeline_local.monitor.analyzer import analyse

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ",".join(FEATURES)
ARN = "arn:aws:sagemaker:eu-central-1:111111111111:model-package/secure-mlops-dev-abalone-age/3"


def named_rows(records: list[str]) -> str:
    """Write records as a batch: with names and ids, without rings."""
    lines = [f"n{number},{line.rpartition(',')[0]}" for number, line in enumerate(records)]
    return "\n".join([f"id,{NAMES}", *lines]) + "\n"


@dataclass
class BatchRun:
    """An `/opt/ml` in which a model is trained, and whose input is a batch.

    Parameters
    ----------
    root : Path
        The folder; its input is emptied of training's.
    """

    root: Path

    def __post_init__(self) -> None:
        shutil.rmtree(self.root / "processing" / "input" / "data")
        baseline = self.root / "processing" / "output" / "baseline"
        self._check(baseline, self.root / "baseline", {})

    def deliver(self, text: str, name: str = "batch.csv") -> None:
        """Make a file of the batch."""
        file = self.root / "processing" / "input" / "data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def run(self, *arguments: str, rehearsal: str = "no") -> dict[str, Any]:
        """Run all jobs; return what is published and announced."""
        assert self.preprocess(*arguments) == 0
        self.score()
        self.check()
        return self.postprocess(rehearsal)

    def preprocess(self, *arguments: str) -> int:
        """Run Preprocess."""
        return preprocess_batch.main(["--model-package", ARN, *arguments])

    def score(self) -> None:
        """Answer as the transform job does: the model is asked without numbers, they come back."""
        model = inference.model_fn(str(self.root / "model"))
        for file in (self.output / "records").iterdir():
            lines = file.read_text().splitlines()
            asked = "\n".join(line.partition(",")[2] for line in lines)
            answers = inference.predict_fn(inference.input_fn(asked, "text/csv"), model)
            body, _ = inference.output_fn(answers, "text/csv")
            joined = [
                f"{line.partition(',')[0]},{answer}\n"
                for line, answer in zip(lines, body.split("\n"), strict=True)
            ]
            self._give("scored", f"{file.name}.out", "".join(joined))

    def check(self) -> list[tuple[str, str]]:
        """Run the data-quality check; return kind and feature of what it found."""
        files = {
            f"baseline_{name}": f"/baseline/{name}.json" for name in ("constraints", "statistics")
        }
        folder = self.root / "processing" / "input" / "check"
        shutil.rmtree(folder, ignore_errors=True)
        self._check(self.output / "delivered", folder, files)
        report = json.loads((folder / "constraint_violations.json").read_text())
        return [(v["constraint_check_type"], v["feature_name"]) for v in report["violations"]]

    def postprocess(self, rehearsal: str = "no") -> dict[str, Any]:
        """Run Postprocess; return its report."""
        for name, source in (("rows", "rows"), ("batch", "report")):
            target = self.root / "processing" / "input" / name
            shutil.copytree(self.output / source, target, dirs_exist_ok=True)
        statistics = (self.root / "baseline" / "statistics.json").read_text()
        self._give("baseline", "statistics.json", statistics)
        stamp = ["--run-id", "r1", "--time", "2026-11-25T02:00:00.123Z"]
        model = ["--model-package", ARN, "--model-version", "3"]
        arguments = [*model, *stamp, "--rehearsal", rehearsal]
        assert postprocess_batch.main(arguments) == 0
        report: dict[str, Any] = json.loads((self.output / "report/figures.json").read_text())
        return report

    def table(self, name: str) -> pl.DataFrame:
        """Read a table of results."""
        (file,) = (self.output / "predictions" / name).glob("date=2026-11-25/*.parquet")
        return pl.read_parquet(file, hive_partitioning=False)

    def remember(self) -> None:
        """Give the marks of scored batches to the next run, as S3 does."""
        source = self.output / "predictions" / "batches"
        shutil.copytree(source, self.root / "processing/input/batches", dirs_exist_ok=True)

    @property
    def output(self) -> Path:
        """Where jobs write."""
        return self.root / "processing" / "output"

    def _give(self, name: str, file: str, text: str) -> None:
        path = self.root / "processing" / "input" / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def _check(self, source: Path, output: Path, more: dict[str, str]) -> None:
        environment = {
            "dataset_format": '{"csv": {"header": true}}',
            "dataset_source": f"/{source.relative_to(self.root)}",
            "output_path": f"/{output.relative_to(self.root)}",
            "publish_cloudwatch_metrics": "Disabled",
        }
        output.mkdir(parents=True, exist_ok=True)
        analyse({**environment, **more}, self.root)
