"""The executors of the step types that can run here."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from pipeline_local.steps import (
    callback,
    clarify_check,
    cleanup,
    decisions,
    for_each,
    lambda_call,
    lineage,
    model,
    objects,
    processing,
    quality_check,
    register_model,
    served_models,
    training,
    transform,
    tuning,
)
from pipeline_local.steps.training_properties import property_problem
from pipeline_local.steps.tuning_trials import tuning_job_name
from pipeline_schema import step_properties
from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Definition, Step
    from pipeline_schema.property_paths import Path
    from pipeline_schema.values import JsonObject


def no_problems_among(_definition: Definition, _step: Step) -> Iterator[str]:
    """Find nothing wrong with a step that the others of its definition would tell."""
    yield from ()


@dataclass(frozen=True)
class Executor:
    """Validation and execution of one step type; `step_types` has its other facts."""

    problems: Callable[[Step], Iterator[str]]
    run: Callable[[Work], JsonObject]
    property_problem: Callable[[Step, Path], str | None] = step_properties.property_problem
    debugged: bool = False  # the user's program can have the terminal
    job_name: Callable[[Work], str] = attrgetter("job_name")
    # What is wrong with a step of good form among the others of its definition.
    among: Callable[[Definition, Step], Iterator[str]] = no_problems_among


EXECUTORS = {
    "Processing": Executor(processing.problems, processing.run, debugged=True),
    "Training": Executor(training.problems, training.run, property_problem, debugged=True),
    "Tuning": Executor(
        tuning.problems, tuning.run, tuning.property_problem, job_name=tuning_job_name
    ),
    "QualityCheck": Executor(quality_check.problems, quality_check.run),
    "ClarifyCheck": Executor(
        clarify_check.problems, clarify_check.run, among=served_models.problems
    ),
    "RegisterModel": Executor(register_model.problems, register_model.run),
    "Model": Executor(model.problems, objects.make, among=objects.problems),
    "EndpointConfig": Executor(objects.no_problems, objects.make, among=objects.problems),
    "Endpoint": Executor(objects.no_problems, objects.make_or_update),
    "InferenceComponent": Executor(objects.no_problems, objects.make, among=objects.problems),
    "Lineage": Executor(lineage.problems, lineage.run, lineage.property_problem),
    "Transform": Executor(
        transform.problems, transform.run, debugged=True, among=served_models.problems
    ),
    "Cleanup": Executor(cleanup.problems, cleanup.run, among=cleanup.problems_among),
    "Lambda": Executor(lambda_call.problems, lambda_call.run),
    "Callback": Executor(callback.problems, callback.run),
    "Condition": Executor(
        decisions.problems_of_condition, decisions.decide, among=decisions.problems_among
    ),
    "ForEach": Executor(
        for_each.problems, for_each.run, for_each.property_problem, among=for_each.problems_among
    ),
    "Fail": Executor(decisions.problems_of_fail, decisions.fail),
}


def type_problem(name: str) -> str | None:
    """Return why steps of a type cannot run here, or None."""
    refused = step_type(name).refused
    return f"{name!r} cannot run here: {refused}; {', '.join(EXECUTORS)} can" if refused else None
