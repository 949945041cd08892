"""The result of a run, for programs and notebooks."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from pipeline_local.report.outputs import documents, read_outputs
from pipeline_local.runs.run_state import Status
from pipeline_local.runs.summary import artefacts_of, duration, found_of, metrics_of, step_artefacts

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_local.jobs.storage import ObjectStore
    from pipeline_local.runs.run_state import RunState

EVALUATION = "evaluation.json"


@dataclass(frozen=True)
class StepResult:
    """The result of one step.

    Attributes
    ----------
    status : str
        As SageMaker calls it, such as ``Succeeded``; ``NotTaken`` on the other side of a condition.
    seconds : float or None
        Its duration; None if it did not run.
    outputs : dict of str to str
        S3 URIs and ARNs by name.
    metrics : dict of str to float
        The last value of each metric that its job declares.
    reused_from : str or None
        The run whose result this is.
    """

    name: str
    type: str
    status: str
    seconds: float | None
    outputs: dict[str, str]
    metrics: dict[str, float]
    failure: str | None
    reused_from: str | None
    log: Path


@dataclass(frozen=True)
class RunResult:
    """The result of a run; a notebook shows it as a table.

    Attributes
    ----------
    state : RunState
        Status, parameters and steps; times are UTC in ISO 8601.
    folder : Path
        Logs (`logs/STEP.log`), the definition and the state.
    """

    state: RunState
    folder: Path
    _store: ObjectStore

    @property
    def run_id(self) -> str:
        """The run's id, which `mlops runs show` and `base` take."""
        return self.state.run_id

    @property
    def status(self) -> str:
        """The run's status: ``Succeeded``, ``Failed`` or ``Stopped``."""
        return str(self.state.status)

    @property
    def succeeded(self) -> bool:
        """True if every step that had to run succeeded."""
        return self.state.status is Status.SUCCEEDED

    @property
    def failure(self) -> str | None:
        """The reason of a failure."""
        return self.state.failure

    @property
    def steps(self) -> dict[str, StepResult]:
        """The steps by name, in the order of the definition."""
        return {
            name: StepResult(
                name=name,
                type=step.type,
                status=str(step.status),
                seconds=step.seconds,
                outputs=dict(step_artefacts(step)),
                metrics=metrics_of(step),
                failure=step.failure,
                reused_from=step.reused_from,
                log=self.folder / "logs" / f"{name}.log",
            )
            for name, step in self.state.steps.items()
        }

    @property
    def evaluation(self) -> dict[str, dict[str, Any]]:
        """The reports of evaluations (`evaluation.json`) by step."""
        outputs = read_outputs(self.state, self._store)
        return {output.step: document for output, document in documents(outputs, EVALUATION)}

    @property
    def artefacts(self) -> dict[str, str]:
        """S3 URIs and ARNs of the steps' artefacts, by "STEP: NAME"."""
        return dict(artefacts_of(self.state))

    def download(self, uri: str, folder: Path) -> int:
        """Copy the objects under an S3 URI into a folder; return how many there were."""
        return self._store.download(uri, folder)

    def _repr_html_(self) -> str:
        """Return the steps as a table, for notebooks."""
        rows = [("step", "type", "status", "time", "results")]
        for step in self.steps.values():
            origin = f"from run {step.reused_from}" if step.reused_from else ""
            found = [f"{name} = {value:.6g}" for name, value in step.metrics.items()]
            results = ", ".join(filter(None, [*found, origin, step.failure]))
            rows.append((step.name, step.type, step.status, duration(step.seconds), results))
        cells = (
            "".join(f"<{tag}>{escape(text)}</{tag}>" for text in row)
            for tag, row in zip(["th", *["td"] * len(rows)], rows, strict=False)
        )
        table = "".join(f"<tr>{row}</tr>" for row in cells)
        took = f"{self.state.pipeline}, run {self.run_id}: {self.status}"
        lines = [
            f"{took} in {duration(self.state.seconds)}{found_of(self.state)}",
            *self.state.notes,
        ]
        shown = "".join(f"<p>{escape(line)}</p>" for line in lines)
        return f"{shown}<table>{table}</table>"
