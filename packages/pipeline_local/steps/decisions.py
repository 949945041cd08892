"""Condition and Fail steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps.conditions import condition_problems, describe, holds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Step
    from pipeline_schema.values import JsonObject


def problems_of_condition(step: Step) -> Iterator[str]:
    """Validate a Condition step."""
    conditions = step.arguments.get("Conditions")
    if not isinstance(conditions, list) or not conditions:
        yield "Arguments.Conditions: is missing or empty"
        return
    for index, condition in enumerate(conditions):
        yield from condition_problems(condition, f"Arguments.Conditions[{index}]")


def decide(work: Work) -> JsonObject:
    """Evaluate a Condition step: all of its conditions must hold."""
    conditions = work.arguments["Conditions"]
    outcome = all(holds(condition) for condition in conditions)
    work.log.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{describe(condition)}: {holds(condition)}" for condition in conditions]
    work.log.write_text("\n".join([*lines, f"outcome: {outcome}", ""]))
    return {"Outcome": str(outcome), "Conditions": lines}


def outcome_of(properties: JsonObject) -> bool:
    """Return the outcome from the properties of a Condition step."""
    return bool(properties["Outcome"] == "True")


def problems_of_fail(step: Step) -> Iterator[str]:
    """Validate a Fail step."""
    if "ErrorMessage" not in step.arguments:
        yield "Arguments.ErrorMessage: is missing"


def fail(work: Work) -> JsonObject:
    """Fail the run with the step's message as the reason."""
    raise StepFailed(str(work.arguments["ErrorMessage"]))
