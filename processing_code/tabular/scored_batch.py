"""What is left of a scored batch beside its rows: the report, and the marks of its files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tabular.arguments import Arguments
from tabular.batch import BATCH_REPORT, FIGURES_FILE, REHEARSALS, compact, moment
from tabular.drift import distances, read_statistics
from tabular.failure import report_end
from tabular.figures import figures_of, read_violations
from tabular.files import write_json
from tabular.paths import processing_input, processing_output

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True)
class ScoredBatch:
    """A batch by Preprocess's report, and who scored it when."""

    facts: dict[str, Any]
    model_package: str
    model_version: int
    run_id: str
    when: datetime
    rehearsal: bool

    @classmethod
    def of(cls, prog: str, description: str | None, arguments: Sequence[str]) -> ScoredBatch:
        """Read the command line of a job, and its input `batch/`."""
        parser = Arguments(prog=prog, description=description, allow_abbrev=False)
        parser.add_argument("--model-package", required=True)
        parser.add_argument("--model-version", required=True, type=int)
        parser.add_argument("--run-id", required=True)
        parser.add_argument("--time", required=True)
        parser.add_argument("--rehearsal", choices=("yes", "no"), default="no")
        options = parser.parse_args(arguments)
        file = processing_input("batch") / BATCH_REPORT
        return cls(
            json.loads(file.read_text(encoding="utf-8")),
            options.model_package,
            options.model_version,
            options.run_id,
            moment(options.time),
            options.rehearsal == "yes",
        )

    @property
    def name(self) -> str:
        """The batch's id."""
        return str(self.facts["batch"]["id"])

    @property
    def day(self) -> str:
        """Folder of the day, as a partition of a table is called."""
        return f"date={self.when:%Y-%m-%d}"

    @property
    def output(self) -> Path:
        """Folder of the predictions; a rehearsal's lie beside the tables."""
        folder = processing_output("predictions")
        return folder / REHEARSALS if self.rehearsal else folder

    def close(self, scored: int, set_aside: int) -> None:
        """Report the run, and mark the batch's files as scored: when everything else is there."""
        violations = read_violations(processing_input("check"))
        drift = distances(
            read_statistics(processing_input("baseline") / "statistics.json"),
            read_statistics(processing_input("check") / "statistics.json"),
        )
        figures = figures_of(self.facts["rows"], violations, drift)
        summary = {
            "batch": self.name,
            "date": f"{self.when:%Y-%m-%d}",
            "model_package_arn": self.model_package,
            "model_version": self.model_version,
            "rows_in": figures["RowsIn"],
            "rows_scored": figures["RowsScored"],
            "rows_set_aside": figures["RowsSetAside"],
            "run_id": self.run_id,
            "violations": figures["Violations"],
        }
        report = {
            **summary,
            "figures": figures,
            "publish": compact(figures),
            "announce": compact(summary),
        }
        write_json(processing_output("report") / FIGURES_FILE, report)
        marks = () if self.rehearsal else self.facts["batch"]["marks"]
        for mark in marks:
            marker = {**summary, "scored_at": self.when.isoformat()}
            write_json(self.output / "batches" / f"{mark}.json", marker)
        for kind, feature in violations:
            print(f"violation: {feature}: {kind}")
        report_end(
            f"batch {self.name}: {figures['RowsIn']} rows in, {scored} scored, "
            f"{set_aside} set aside, {len(violations)} violation{'s' * (len(violations) != 1)}"
        )
