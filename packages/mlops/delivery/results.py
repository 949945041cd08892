"""Results of a training run, for its approver and for later actions of a pipeline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mlops.aws_calls import pages
from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically
from pipeline_schema.step_types import STEP_TYPES

if TYPE_CHECKING:
    from pathlib import Path

    from environments.settings import EnvironmentSettings

APPROVED = "Approved"
RESULTS, SUMMARY = "results.json", "results.md"


def read_results(settings: EnvironmentSettings, execution: str) -> dict[str, Any]:
    """Ask SageMaker for a run's end and the model it registered, if any."""
    from mlops.local_project import connect

    client = connect(settings.region, settings.account).client("sagemaker")
    answer = client.describe_pipeline_execution(PipelineExecutionArn=execution)
    listing = ("list_pipeline_execution_steps", "PipelineExecutionSteps")
    request = {"PipelineExecutionArn": execution, "SortOrder": "Ascending"}
    steps = list(pages(client, *listing, **request))
    registrations = {row.metadata for row in STEP_TYPES.values() if row.group}
    registered = [
        facts["Arn"]
        for step in steps
        for name, facts in step.get("Metadata", {}).items()
        if name in registrations
    ]
    package, approval = "", ""
    if registered:
        package = registered[-1]
        model = client.describe_model_package(ModelPackageName=package)
        approval = model["ModelApprovalStatus"]
    return {
        "execution": execution,
        "status": answer["PipelineExecutionStatus"],
        "failure": answer.get("FailureReason", ""),
        "steps": [
            {
                "name": step["StepName"],
                "status": step["StepStatus"],
                "failure": step.get("FailureReason", ""),
                "cached": "CacheHitResult" in step,
            }
            for step in steps
        ],
        "model_package_arn": package,
        "model_approval_status": approval,
    }


def write_results(folder: Path, results: dict[str, Any]) -> None:
    """Write results as JSON and as Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / RESULTS, json.dumps(results, indent=2, sort_keys=True) + "\n")
    write_atomically(folder / SUMMARY, in_words(results))


def in_words(results: dict[str, Any]) -> str:
    """Render results as Markdown."""
    package = results["model_package_arn"]
    model = f"Registered: `{package}`, {results['model_approval_status']}." if package else ""
    rows = [
        f"| {step['name']} | {step['status']}{' (from cache)' if step['cached'] else ''} |"
        f" {step['failure']} |"
        for step in results["steps"]
    ]
    lines = [
        f"# Training: {results['status']}",
        "",
        f"`{results['execution']}` {results['failure']}".rstrip(),
        "",
        *([model, ""] if model else []),
        *("| step | status | failure |", "|---|---|---|", *rows),
    ]
    return "\n".join(lines) + "\n"


def result(folder: Path, name: str) -> str:
    """Return one field of the results, such as ``model-package-arn``."""
    file = folder / RESULTS
    if not file.is_file():
        return ""
    facts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    key = name.replace("-", "_")
    if not isinstance(facts.get(key), str):
        known = ", ".join(each for each, value in sorted(facts.items()) if isinstance(value, str))
        raise MlopsError(f"{name}: no such field of the results; choose one of: {known}")
    return str(facts[key])
