"""The step types that can run here: one table says all there is to each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline_local.steps import (
    clarify_check,
    decisions,
    lambda_call,
    model,
    processing,
    quality_check,
    register_model,
    training,
    transform,
    tuning,
)
from pipeline_local.steps.step_outputs import named_element_problem, shape_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Step
    from pipeline_schema.property_paths import Path
    from pipeline_schema.values import JsonObject


@dataclass(frozen=True)
class StepKind:
    """What the runner knows of one step type.

    Attributes
    ----------
    problems : callable
        Yields what is wrong with a step, or cannot be done here, before anything starts.
    answer_shape : str
        The API shape of its properties; empty when they are no API's answer.
    answer_names : frozenset of str
        The names of its properties when there is no shape.
    answer_problem : callable or None
        Says why a path leads nowhere, for a type whose properties depend on the step alone.
    """

    problems: Callable[[Step], Iterator[str]]
    run: Callable[[Work], JsonObject]
    answer_shape: str = ""
    answer_names: frozenset[str] = frozenset()
    answer_problem: Callable[[Step, Path], str | None] | None = None

    def property_problem(self, step: Step, path: Path) -> str | None:
        """Say why a property path leads nowhere in what the step will answer, or None."""
        if self.answer_problem:
            return self.answer_problem(step, path)
        if self.answer_shape:
            return shape_problem(self.answer_shape, path) or named_element_problem(step, path)
        if len(path) == 1 and path[0] in self.answer_names:
            return None
        names = ", ".join(sorted(self.answer_names))
        return f"a {step.type} step has " + (f"only {names}" if names else "no properties")


STEP_KINDS = {
    "Processing": StepKind(
        processing.problems, processing.run, answer_shape="DescribeProcessingJobResponse"
    ),
    "Training": StepKind(
        training.problems, training.run, answer_shape="DescribeTrainingJobResponse"
    ),
    "Tuning": StepKind(tuning.problems, tuning.run, answer_problem=tuning.property_problem),
    "QualityCheck": StepKind(
        quality_check.problems, quality_check.run, answer_names=quality_check.ANSWERS
    ),
    "ClarifyCheck": StepKind(
        clarify_check.problems, clarify_check.run, answer_names=clarify_check.ANSWERS
    ),
    "RegisterModel": StepKind(
        register_model.problems, register_model.run, answer_shape="DescribeModelPackageOutput"
    ),
    "Model": StepKind(model.problems, model.run, answer_shape="DescribeModelOutput"),
    "Transform": StepKind(
        transform.problems, transform.run, answer_shape="DescribeTransformJobResponse"
    ),
    "Lambda": StepKind(
        lambda_call.problems, lambda_call.run, answer_problem=lambda_call.property_problem
    ),
    "Condition": StepKind(
        decisions.problems_of_condition, decisions.decide, answer_names=frozenset({"Outcome"})
    ),
    "Fail": StepKind(decisions.problems_of_fail, decisions.fail),
}

# Why a step type of the service cannot run here.
REFUSED = {
    "Callback": "it waits for an answer from a queue, and nobody answers it here",
    "EMR": "there is no EMR cluster here",
    "EMRServerless": "there is no EMR application here",
    "AutoML": "its algorithms are the service's own",
}


def type_problem(step_type: str) -> str | None:
    """Say why steps of a type cannot run here, or None."""
    if step_type in STEP_KINDS:
        return None
    why = REFUSED.get(step_type, "no such type is known")
    return f"{step_type!r} cannot run here: {why}; {', '.join(STEP_KINDS)} can"
