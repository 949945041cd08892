"""What goes with a table's problem in operation: its model project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environments.schedules import Schedule
from pipeline_definitions.model_project import ModelProject, ResultTable

if TYPE_CHECKING:
    from pipeline_definitions.tabular.problem import Problem

_STAMP = {
    "model_package": "string",
    "model_version": "bigint",
    "run_id": "string",
    "batch_id": "string",
    "scored_at": "string",
}


def project(problem: Problem, schedules: tuple[Schedule, ...] | None = None) -> ModelProject:
    """Declare the model project of a problem.

    Parameters
    ----------
    schedules : tuple of Schedule, optional
        Instead of: batches nightly once a model is approved, quality on Mondays and Thursdays, and
        training on Sundays, after drift and after fresh data.

    Examples
    --------
    >>> from pathlib import Path
    >>> from pipeline_definitions.tabular import Problem
    >>> folder = Path("tests/e2e/problems/body_mass/problem")
    >>> project(Problem("body-mass", folder)).pipelines()
    ['body-mass-batch', 'body-mass-quality']
    """
    name, batch, quality = problem.name, f"{problem.name}-batch", f"{problem.name}-quality"
    if schedules is None:
        schedules = (
            Schedule(quality, "0 6 ? * MON,THU *"),
            Schedule(name, "0 3 ? * SUN *", on_drift=True, on_data=True),
        )
    return ModelProject(
        data_set=name,
        model_package_group=name,
        batch=batch,
        quality=quality,
        schedules=schedules,
        tables=_tables(problem),
    )


def _tables(problem: Problem) -> tuple[ResultTable, ...]:
    """Declare tables over the files that the job `collect` writes."""
    schema, prefix = problem.schema, problem.name.replace("-", "_")
    answers = dict.fromkeys(schema.answers, "double")
    if schema.classifies:
        answers["prediction"] = "string"
    aside = ("row", "id", "reason", "detail", "text")
    return (
        ResultTable(
            f"{prefix}_predictions",
            folder="scored",
            description=f"A scored row: what is predicted of {schema.target}",
            columns={"id": "string", **answers, **_STAMP},
        ),
        ResultTable(
            f"{prefix}_set_aside",
            folder="set_aside",
            description="A row that was not scored, and why",
            columns={**dict.fromkeys(aside, "string"), **_STAMP},
        ),
    )
