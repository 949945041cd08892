"""The job program ``python -m pipeline_local.clarify.analyzer``.

It analyses the inputs of the processing job's description and writes ``analysis.json``; with a
baseline's constraints also ``constraint_violations.json``. Violations do not fail the job.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically
from pipeline_local.clarify.bias import positive_label, post_training_bias, pre_training_bias
from pipeline_local.clarify.dataset import Dataset, read_dataset
from pipeline_local.clarify.explain import explain
from pipeline_local.clarify.predictor import Model, ask, load_model, positives_of
from pipeline_local.clarify.settings import (
    BESIDE,
    POST_TRAINING,
    PRE_TRAINING,
    SHAP,
    AnalysisConfig,
    read_config,
)
from pipeline_local.clarify.violations import find_violations
from pipeline_local.image_programs.problem import Problem

_JOB = Path("/opt/ml/config/processingjobconfig.json")
_MESSAGE, _FAILURE = Path("/opt/ml/output/message"), Path("/opt/ml/output/failure")


def analyse(job: dict[str, Any]) -> str:
    """Run the analysis of a processing job, and return its exit message."""
    inputs = {
        item["InputName"]: Path(item["S3Input"]["LocalPath"])
        for item in job.get("ProcessingInputs") or []
        if "S3Input" in item
    }
    outputs = (job.get("ProcessingOutputConfig") or {}).get("Outputs") or []
    if not {"analysis_config", "dataset"} <= inputs.keys() or len(outputs) != 1:
        raise Problem("the job needs inputs analysis_config and dataset, and one output")
    config = read_config(_json_in(inputs["analysis_config"], "analysis_config.json"))
    dataset = read_dataset(config, inputs["dataset"])
    output, beside = Path(outputs[0]["S3Output"]["LocalPath"]), Path(BESIDE)
    analysis = _analysis(config, dataset, output, beside)
    _write(output / "analysis.json", analysis)
    if not (beside / "constraints").is_dir():
        return "Completed: Job completed successfully."
    baseline = _json_in(beside / "constraints", "the baseline's constraints")
    found = find_violations(analysis, baseline if isinstance(baseline, dict) else {})
    _write(output / "constraint_violations.json", {"version": "1.0", "violations": found})
    if found:
        return f"CompletedWithViolations: Job completed successfully with {len(found)} violations."
    return "Completed: Job completed successfully with no violations."


def _analysis(
    config: AnalysisConfig, dataset: Dataset, output: Path, beside: Path
) -> dict[str, Any]:
    analysis: dict[str, Any] = {"version": "1.0"}
    if PRE_TRAINING in config.methods:
        analysis["pre_training_bias_metrics"] = pre_training_bias(config, dataset)
    model: Model | None = None
    if SHAP in config.methods or (POST_TRAINING in config.methods and dataset.predicted is None):
        model = load_model(beside)
    if POST_TRAINING in config.methods:
        positive = positive_label(config, dataset)
        if dataset.predicted is not None:
            predicted = positive.holds(dataset.table[dataset.predicted])
        elif model is not None:
            answers = ask(model, config.predictor, dataset.table[dataset.features])
            labels = dataset.table[dataset.label]
            predicted = positives_of(config, answers, labels, positive)
        analysis["post_training_bias_metrics"] = post_training_bias(config, dataset, predicted)
    if SHAP in config.methods and model is not None:
        explanation = explain(config, dataset, model, beside / "shap_baseline")
        analysis["explanations"] = explanation.section
        for name, text in explanation.files.items():
            write_atomically(output / name, text)
        _say(f"explained {len(dataset.table)} records by {explanation.method}")
    return analysis


def main() -> int:
    """Run as a job; return the exit status."""
    try:
        message = analyse(json.loads(_JOB.read_text()))
    except (Problem, MlopsError) as problem:
        _FAILURE.write_text(f"ClientError: {problem}")
        _say(str(problem))
        return 1
    except Exception as error:  # noqa: BLE001 - whatever a model's handler raises fails the job
        traceback.print_exc()
        _FAILURE.write_text(f"{type(error).__name__}: {error}")
        return 1
    _say(message)
    write_atomically(_MESSAGE, message)
    return 0


def _json_in(place: Path, what: str) -> Any:
    files = sorted(path for path in place.rglob("*") if path.is_file())
    chosen = [path for path in files if path.name == what] or files
    if len(chosen) != 1:
        raise Problem(f"{what}: {len(chosen)} files in {place}, where one is needed")
    try:
        return json.loads(chosen[0].read_text())
    except ValueError as error:
        raise Problem(f"{what}: is not JSON: {error}") from None


def _write(path: Path, content: object) -> None:
    write_atomically(path, json.dumps(content, indent=2, allow_nan=False) + "\n")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
