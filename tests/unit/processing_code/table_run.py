"""The jobs of a table's problem, one after another in one /opt/ml."""

from __future__ import annotations

import json
import shutil
import tarfile
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from tabular import collect, evaluate, inference, join, measure, number, prepare, score, train
from tabular.failure import exit_code_of

if TYPE_CHECKING:
    from pathlib import Path


ARN = "arn:aws:sagemaker:eu-central-1:111111111111:model-package/cars/3"
NO_STATISTICS = {"version": 0.0, "dataset": {"item_count": 1}, "features": []}


class TableRun:
    """What a run's jobs leave each other."""

    def __init__(
        self, root: Path, monkeypatch: pytest.MonkeyPatch, schema: dict[str, Any], parts: str = ""
    ) -> None:
        self.root = root
        monkeypatch.setenv("ML_ROOT", str(root))
        for name in ("SM_MODEL_DIR", "SM_CHANNEL_TRAIN", "SM_CHANNEL_PROBLEM"):
            monkeypatch.delenv(name, raising=False)
        self.problem = self.folder("problem")
        (self.problem / "schema.yaml").write_text(yaml.safe_dump(schema, sort_keys=False))
        if parts:
            (self.problem / "parts.py").write_text(parts)

    def folder(self, name: str) -> Path:
        folder = self.root / "processing/input" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def output(self, name: str) -> Path:
        return self.root / "processing/output" / name

    def hand_on(self, output: str, name: str) -> None:
        shutil.rmtree(self.folder(name))
        shutil.copytree(self.output(output), self.folder(name), dirs_exist_ok=True)

    def read(self, name: str) -> Any:
        return json.loads(self.output(name).read_text())

    @property
    def message(self) -> str:
        return (self.root / "output/message").read_text()

    def deliver(self, **files: str) -> None:
        shutil.rmtree(self.folder("data"))
        for name, text in files.items():
            (self.folder("data") / f"{name}.csv").write_text(text)

    def prepare(self, *arguments: str) -> int:
        return exit_code_of(prepare.run, arguments)

    def train(self, *arguments: str) -> int:
        channels = self.root / "input/data"
        shutil.rmtree(channels, ignore_errors=True)
        shutil.copytree(self.problem, channels / "problem")
        shutil.copytree(self.output("train"), channels / "train")
        shutil.rmtree(self.root / "model", ignore_errors=True)
        (self.root / "model").mkdir()
        code = exit_code_of(train.run, arguments)
        with tarfile.open(self.folder("model") / "model.tar.gz", "w:gz") as archive:
            archive.add(self.root / "model", ".")
        return code

    def evaluate(self, *, alone: bool = False) -> int:
        """Run the job; models answer in processes of their own where `alone`."""
        self.hand_on("test", "test")
        self.folder("champion")
        with pytest.MonkeyPatch.context() as patch:
            if not alone:
                patch.setattr(evaluate, "answer", self._answer)
            return exit_code_of(evaluate.run, [])

    @staticmethod
    def _answer(whose: str, folder: Path, rows: Path, output: Path) -> None:
        words = {"--model": folder, "--input": rows, "--output": output}
        assert score.main([str(word) for pair in words.items() for word in pair]) == 0, whose

    def crown(self) -> None:
        """Let the model be the champion from now on."""
        shutil.copy(self.folder("model") / "model.tar.gz", self.folder("champion"))
        card = json.dumps({"model_package_arn": ARN})
        (self.folder("champion") / "champion.json").write_text(card)

    def number(self, *arguments: str) -> int:
        self.folder("batches")
        return exit_code_of(number.run, ["--model-package", ARN, *arguments])

    def score(self) -> int:
        """Answer the records as a transform job does, and collect."""
        records = (self.output("records") / "records.csv").read_text().splitlines()
        asked = [record.partition(",")[2] for record in records]
        model = inference.model_fn(str(self.root / "model"))
        rows = inference.input_fn("\n".join(asked), "text/csv")
        answers, _ = inference.output_fn(inference.predict_fn(rows, model), "text/csv")
        lines = [
            f"{record.partition(',')[0]},{answer}"
            for record, answer in zip(records, answers.splitlines(), strict=True)
        ]
        (self.folder("scored") / "records.csv.out").write_text("\n".join(lines))
        for name, of in (("rows", "rows"), ("batch", "report")):
            self.hand_on(of, name)
        for name in ("baseline", "check"):
            (self.folder(name) / "statistics.json").write_text(json.dumps(NO_STATISTICS))
        words = ["--model-package", ARN, "--model-version", "3", "--run-id", "r"]
        code = exit_code_of(collect.run, [*words, "--time", "2026-11-30T01:00:00Z"])
        marks = self.output("predictions") / "batches"
        if marks.is_dir():
            shutil.copytree(marks, self.folder("batches"), dirs_exist_ok=True)
        return code

    def scored(self) -> pd.DataFrame:
        (file,) = (self.output("predictions") / "scored").rglob("*.parquet")
        return pd.read_parquet(file, partitioning=None)

    def types(self, kind: str) -> dict[str, str]:
        """Return Glue's types of the columns of a batch's results, by name."""
        (file,) = (self.output("predictions") / kind).rglob("*.parquet")
        glue = {"string": "string", "large_string": "string", "double": "double", "int64": "bigint"}
        return {each.name: glue[str(each.type)] for each in pq.read_schema(file)}

    def join(self) -> int:
        self.hand_on("predictions/scored", "predictions")
        return exit_code_of(join.run, ["--model-package", ARN])

    def measure(self, group: str, name: str, found: float, limit: float) -> int:
        self.hand_on("report", "truth")
        statistics = {f"{group}_metrics": {name: {"value": found}}}
        (self.folder("check") / "statistics.json").write_text(json.dumps(statistics))
        constraints = {f"{group}_constraints": {name: {"threshold": limit}}}
        (self.folder("baseline") / "constraints.json").write_text(json.dumps(constraints))
        statistics = {"dataset": {"item_count": 200}}
        (self.folder("registered") / "statistics.json").write_text(json.dumps(statistics))
        return exit_code_of(measure.run, [])
