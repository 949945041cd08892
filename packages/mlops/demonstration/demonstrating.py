"""The whole workflow once, from the template to a scored batch, with a summary."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mlops.demonstration.batch import run_pipeline, score_unseen
from mlops.demonstration.shown import Demonstration, Stage
from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from pathlib import Path

    from mlops.registry import ModelVersion
    from pipeline_local.runs.observer import Observer
    from pipeline_local.runs.run_state import RunState

PIPELINE = "training"


def demonstrate(environment: str, root: Path, observer: Observer) -> Demonstration:
    """Synthesize with all checks, train on the deployed definition, register, approve, score."""
    from cloud_assembly import CloudAssembly
    from cloud_assembly.acknowledgments import acknowledged_in
    from mlops.synthesis import synthesize

    shown = Demonstration()
    started = time.monotonic()
    observer.say(f"synthesizing {environment} with all rule packs")
    assembly = CloudAssembly(synthesize(environment, root))
    resources = sum(len(stack.resources) for stack in assembly.stacks)
    accepted = sum(1 for stack in assembly.stacks for _ in acknowledged_in(stack))
    shown.stages.append(
        Stage(
            "synthesize",
            time.monotonic() - started,
            f"{len(assembly.stacks)} stacks, {resources} resources, 0 open findings, "
            f"{accepted} accepted",
        )
    )
    shown.places["templates"] = str(assembly.folder)
    state = _train(environment, root, observer, shown)
    version = _show_model(environment, state, shown)
    score_unseen(state, version, root, observer, shown)
    _report(state, root, shown)
    shown.places["run"] = f"build/runs/{state.run_id}  (mlops runs show {state.run_id})"
    return shown


def _train(environment: str, root: Path, observer: Observer, shown: Demonstration) -> RunState:
    from pipeline_local.runs.run_state import Status

    state = run_pipeline(PIPELINE, environment, root, observer)
    data = state.data
    shown.stages.append(Stage("get data", 0.0, f"{data['path']}, sha256 {data['sha256'][:12]}…"))
    for name, step in state.steps.items():
        if step.status is Status.SUCCEEDED:
            shown.stages.append(
                Stage(name, step.seconds or 0.0, step_type(step.type).result or step.type)
            )
    shown.facts["run"] = state.run_id
    shown.facts["synthetic"] = bool(data.get("synthetic"))
    return state


def _show_model(environment: str, state: RunState, shown: Demonstration) -> ModelVersion:
    from mlops.registry import open_registry

    arn = str(state.steps["RegisterModel"].properties["ModelPackageArn"])
    version: ModelVersion = open_registry(environment, local=True).version(arn)
    mse = version.metrics["mse"]
    shown.facts |= {"model_package": arn, "mse": mse, "status": version.status}
    result = f"{version.group} version {version.version}, {version.status}, test MSE {mse:.3f}"
    shown.stages.append(Stage("registered", 0.0, result))
    shown.places["model"] = version.model_data_url or arn
    shown.places["registry"] = f"mlops models show {version.version} --local"
    evaluation = state.steps["Evaluate"].properties["ProcessingOutputConfig"]["Outputs"][0]
    shown.places["evaluation"] = evaluation["S3Output"]["S3Uri"]
    shown.places["fetch it all"] = f"mlops runs fetch {state.run_id}"
    return version


def _report(state: RunState, root: Path, shown: Demonstration) -> None:
    from mlops.local_project import connected
    from pipeline_local.report import DEFAULT_OUTPUT, write_report
    from pipeline_local.runs.run_state import find_run

    started = time.monotonic()
    path = root / DEFAULT_OUTPUT
    store, registry = connected(state)
    write_report(find_run(root, state.run_id), path, store, registry=registry)
    result = "one HTML file: graph, metrics, plots, data, lineage by hash, logs"
    shown.stages.append(Stage("report", time.monotonic() - started, result))
    shown.places["report"] = str(path)
    shown.facts["report"] = str(path)
