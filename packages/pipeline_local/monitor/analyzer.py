"""The job program ``python -m pipeline_local.monitor.analyzer``: data quality, model quality.

Without a baseline it suggests one: ``statistics.json`` and ``constraints.json``. With one it also
writes ``constraint_violations.json``; violations do not fail the job.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_common.files import write_atomically
from pipeline_local.monitor.baseline import read_baseline
from pipeline_local.monitor.columns import profile_column
from pipeline_local.monitor.constraints import suggest_constraints
from pipeline_local.monitor.dataset import read_dataset
from pipeline_local.monitor.metrics import METRICS_FILE, metric_lines
from pipeline_local.monitor.settings import AnalysisError, AnalysisSettings, under
from pipeline_local.monitor.statistics import build_statistics
from pipeline_local.monitor.violations import find_violations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline_local.monitor.model_quality import QualityViolation
    from pipeline_local.monitor.settings import QualitySettings
    from pipeline_local.monitor.violations import Violation

# A processing job's exit message is the content of this file, at most 1 KB
# (https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html).
MESSAGE_FILE = "/opt/ml/output/message"
_MESSAGE_BYTES = 1024


def analyse(environment: Mapping[str, str], base: Path = Path("/")) -> str:
    """Run the analysis that the environment variables describe; return the exit message."""
    settings = AnalysisSettings.from_environment(environment, base)
    if settings.quality is not None:
        return _exit_message(_analyse_quality(settings, settings.quality))
    baseline = None
    if settings.baseline_constraints is not None:
        baseline = read_baseline(settings.baseline_constraints, settings.baseline_statistics)
    table = read_dataset(settings)
    columns = [profile_column(column) for column in table.iter_columns()]
    _write(settings.output / "statistics.json", build_statistics(columns))
    suggested = suggest_constraints(columns, settings.categorical_drift_method)
    _write(settings.output / "constraints.json", suggested)
    if settings.publish_metrics and (baseline is None or baseline.emit_metrics):
        write_atomically(under(base, METRICS_FILE), metric_lines(settings, baseline, columns))
    if baseline is None:
        return _exit_message(None)
    violations = find_violations(baseline, columns)
    _write_violations(settings, violations)
    return _exit_message(len(violations))


def _analyse_quality(settings: AnalysisSettings, quality: QualitySettings) -> int | None:
    """Measure a model's quality; return the number of violations if there is a baseline."""
    from pipeline_local.monitor.baseline import read_document
    from pipeline_local.monitor.model_quality import (
        build_quality_statistics,
        find_quality_violations,
        read_answers,
        suggest_quality_constraints,
    )

    known = settings.baseline_constraints
    constraints = None if known is None else read_document(known)
    answers = read_answers(read_dataset(settings), quality)
    statistics = build_quality_statistics(answers, quality.problem)
    _write(settings.output / "statistics.json", statistics)
    suggested = suggest_quality_constraints(statistics, quality.problem)
    _write(settings.output / "constraints.json", suggested)
    if constraints is None:
        return None
    violations = find_quality_violations(constraints, statistics, quality.problem)
    _write_violations(settings, violations)
    return len(violations)


def _write_violations(
    settings: AnalysisSettings, violations: Sequence[Violation] | Sequence[QualityViolation]
) -> None:
    found = {"violations": [asdict(violation) for violation in violations]}
    _write(settings.output / "constraint_violations.json", found)


def _exit_message(violations: int | None) -> str:
    """Return the exit message, in the container's words."""
    if violations is None:
        return "Completed: Job completed successfully."
    if violations:
        return f"CompletedWithViolations: Job completed successfully with {violations} violations."
    return "Completed: Job completed successfully with no violations."


def main(arguments: list[str] | None = None) -> int:
    """Run as a job."""
    parser = argparse.ArgumentParser(prog="python -m pipeline_local.monitor.analyzer")
    parser.add_argument("--base", type=Path, default=Path("/"))
    base: Path = parser.parse_args(arguments).base
    try:
        message, code = analyse(os.environ, base), 0
    except AnalysisError as error:
        message, code = str(error), 1
    sys.stderr.write(f"{message}\n")
    cut = message.encode()[:_MESSAGE_BYTES].decode(errors="ignore")
    write_atomically(under(base, MESSAGE_FILE), cut)
    return code


def _write(path: Path, content: object) -> None:
    write_atomically(path, json.dumps(content, indent=2, allow_nan=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
