"""Validation of Tuning steps."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from pipeline_local.image_programs.xgboost_hyperparameters import hyperparameter_problems
from pipeline_local.steps import script_mode, training
from pipeline_local.steps.training_properties import BUILT_IN_METRIC
from pipeline_local.steps.tuning_plan import (
    definitions_of,
    names_in,
    objective_of,
    ranges_of,
    training_request,
)
from pipeline_local.steps.tuning_ranges import range_problems
from pipeline_schema import step_properties
from pipeline_schema.definition import Step
from pipeline_schema.expressions import is_expression
from pipeline_schema.property_paths import show_path
from pipeline_schema.response_fields import UNANSWERED, verdict_of
from pipeline_schema.values import as_list
from pipeline_schema.walking import member_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_schema.property_paths import Path
    from pipeline_schema.values import JsonObject

TOP_JOBS = 50  # so many summaries a Tuning step keeps
_CONFIG = "HyperParameterTuningJobConfig"
_SUMMARIES, _BEST = "TrainingJobSummaries", "BestTrainingJob"
_NAME, _TUNED = "TrainingJobDefinitionName", "TunedHyperParameters"
_STRATEGIES = ("Bayesian", "Random", "Grid")
_FIELD = re.compile(r"[A-Z]\w+[.\[:]")


def problems(step: Step) -> Iterator[str]:
    """Validate a Tuning step."""
    request = step.arguments
    config = request.get(_CONFIG)
    if not isinstance(config, dict):
        yield f"{_CONFIG}: is missing"
        return
    yield from _strategy_problems(config)
    yield from _limit_problems(config)
    yield from _seed_problems(config)
    definitions = definitions_of(request)
    if ("TrainingJobDefinition" in request) == ("TrainingJobDefinitions" in request):
        yield "TrainingJobDefinition: exactly one of it and TrainingJobDefinitions is needed"
        return
    if not definitions:
        yield "TrainingJobDefinitions: is empty"
    types = []
    for where, definition in definitions:
        yield from _definition_problems(step, where, definition)
        objective = objective_of(request, definition)
        types.append(objective.get("Type") if isinstance(objective, dict) else None)
    yield from _grid_problems(request, config)
    if any(each != types[0] for each in types):
        yield "TrainingJobDefinitions: all objectives must be minimized, or all maximized"


def property_problem(step: Step, path: Path) -> str | None:
    """Return why a path does not exist in the properties (`tuning.run`), or None."""
    if path[0] != _SUMMARIES:
        problem = step_properties.property_problem(step, path)
        return problem or (_trial_problem(step, path[1:]) if path[0] == _BEST else None)
    count = member_at(step.arguments, (_CONFIG, "ResourceLimits", "MaxNumberOfTrainingJobs"))
    most = min(count, TOP_JOBS) if isinstance(count, int) else TOP_JOBS
    if len(path) > 1 and isinstance(path[1], int) and path[1] >= most:
        return f"{_SUMMARIES}[{path[1]}]: the step keeps its {most} best training jobs"
    listing = "ListTrainingJobsForHyperParameterTuningJob"
    kind, reason = verdict_of(listing, path)
    if kind in UNANSWERED:
        return f"{show_path(path)} is not answered here: {reason}"
    problem = step_properties.shape_problem(f"{listing}Response", path)
    return problem or _trial_problem(step, path[2:])


def _trial_problem(step: Step, path: Path) -> str | None:
    """Return why a trial has no value of a property, whichever definition it is of, or None."""
    for where, definition in definitions_of(step.arguments):
        if path[:1] == (_NAME,) and not member_at(definition, ("DefinitionName",)):
            return f"{_NAME}: {where} has no DefinitionName"
        if path[:1] == (_TUNED,) and len(path) > 1:
            tuned = names_in(ranges_of(step.arguments, definition))
            if path[1] not in tuned:
                return f"{show_path(path)}: {where} has ranges of {', '.join(sorted(tuned))} only"
    return None


def _strategy_problems(config: JsonObject) -> Iterator[str]:
    strategy = config.get("Strategy")
    if not is_expression(strategy) and strategy not in (*_STRATEGIES, "Hyperband"):
        yield f"{_CONFIG}.Strategy: {strategy!r} is not one of {', '.join(_STRATEGIES)}"
    early = config.get("TrainingJobEarlyStoppingType", "Off")
    if not is_expression(early) and early not in ("Off", "Auto"):
        yield f"{_CONFIG}.TrainingJobEarlyStoppingType: {early!r} is not one of Off, Auto"


def _limit_problems(config: JsonObject) -> Iterator[str]:
    limits = config.get("ResourceLimits") or {}
    for field in ("MaxNumberOfTrainingJobs", "MaxParallelTrainingJobs"):
        count = limits.get(field)
        optional = field == "MaxNumberOfTrainingJobs" and config.get("Strategy") == "Grid"
        if is_expression(count) or (count is None and optional):
            continue
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            yield f"{_CONFIG}.ResourceLimits.{field}: {count!r} is not an integer from 1"


def _seed_problems(config: JsonObject) -> Iterator[str]:
    seed = config.get("RandomSeed", 0)
    whole = isinstance(seed, int) and not isinstance(seed, bool)
    if not is_expression(seed) and (not whole or seed < 0):
        yield f"{_CONFIG}.RandomSeed: {seed!r} is not an integer from 0"


def _grid_problems(request: JsonObject, config: JsonObject) -> Iterator[str]:
    """Compare the limit of a grid with its size.

    Source: SageMaker AI developer guide, "How hyperparameter tuning works", "Grid search".
    """
    count = member_at(config, ("ResourceLimits", "MaxNumberOfTrainingJobs"))
    if config.get("Strategy") != "Grid" or not isinstance(count, int):
        return
    total = 0
    for _, definition in definitions_of(request):
        ranges = member_at(ranges_of(request, definition), ("CategoricalParameterRanges",))
        values = [member_at(item, ("Values",)) for item in as_list(ranges)]
        if not values or not all(isinstance(each, list) for each in values):
            return
        total += math.prod(map(len, values))
    if count != total:
        field = f"{_CONFIG}.ResourceLimits.MaxNumberOfTrainingJobs"
        yield f"{field}: {count} is not the {total} combinations of the grid; leave it out"


def _definition_problems(step: Step, where: str, definition: JsonObject) -> Iterator[str]:
    ranges = ranges_of(step.arguments, definition)
    several = where != "TrainingJobDefinition"
    place = f"{where}.HyperParameterRanges" if several else f"{_CONFIG}.ParameterRanges"
    wrong = list(range_problems(ranges, place))
    yield from wrong
    if wrong:
        return
    if (step.arguments[_CONFIG]).get("Strategy") == "Grid":
        for field in ("IntegerParameterRanges", "ContinuousParameterRanges"):
            if ranges.get(field):
                yield f"{place}.{field}: Grid varies categorical hyperparameters only"
    static = definition.get("StaticHyperParameters") or {}
    tuned = names_in(ranges)
    for name in sorted(tuned & static.keys()):
        yield f"{where}.StaticHyperParameters.{name}: has a range too"
    yield from _objective_problems(step, where, definition, static)
    if script_mode.PROGRAM not in static:
        yield from _end_problems(ranges, place)
    if not {"ResourceConfig", "HyperParameterTuningResourceConfig"} & definition.keys():
        yield f"{where}.ResourceConfig: is missing"
    # To the checks of a training job, a trial's value is one that is known in the run only.
    hyperparameters = {**static, **{name: {"Get": f"Parameters.{name}"} for name in tuned}}
    request = training_request(definition, hyperparameters, "")
    for line in training.problems(Step(step.name, "Training", request)):
        problem = f"Static{line}" if line.startswith("HyperParameters.") else line
        yield f"{where}{'.' if _FIELD.match(problem) else ': '}{problem}"


def _end_problems(ranges: JsonObject, place: str) -> Iterator[str]:
    """Validate the ends of ranges with the rules of the built-in algorithm."""
    for field, items in ranges.items():
        for index, item in enumerate(items if isinstance(items, list) else ()):
            several = item.get("Values")
            values = {f"Values[{n}]": value for n, value in enumerate(several or ())}
            if several is None:
                values = {end: item[end] for end in ("MinValue", "MaxValue")}
            for name, value in values.items():
                for problem in hyperparameter_problems({"num_round": "1", item["Name"]: value}):
                    if problem.startswith(f"{item['Name']}: ") and isinstance(value, str):
                        yield f"{place}.{field}[{index}].{name}: {problem}"


def _objective_problems(
    step: Step, where: str, definition: JsonObject, static: dict[str, Any]
) -> Iterator[str]:
    objective = objective_of(step.arguments, definition)
    several = where != "TrainingJobDefinition"
    place = f"{where}.TuningObjective" if several else f"{_CONFIG}.HyperParameterTuningJobObjective"
    if not isinstance(objective, dict) or "MetricName" not in objective:
        yield f"{place}: is missing"
        return
    kind, metric = objective.get("Type"), objective["MetricName"]
    if not is_expression(kind) and kind not in ("Minimize", "Maximize"):
        yield f"{place}.Type: {kind!r} is not one of Minimize, Maximize"
    algorithm = definition.get("AlgorithmSpecification") or {}
    declared = [item.get("Name") for item in algorithm.get("MetricDefinitions") or []]
    if is_expression(metric) or metric in declared:
        return
    if script_mode.PROGRAM in static:
        known = ", ".join(map(str, declared)) or "none"
        yield f"{place}.MetricName: {metric!r} is not in MetricDefinitions (there: {known})"
    elif not BUILT_IN_METRIC.fullmatch(str(metric)):
        yield f"{place}.MetricName: {metric!r}; the algorithm has train:… and validation:… only"
