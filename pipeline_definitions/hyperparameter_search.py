"""Tuning steps: many trainings of one script, each with other hyperparameters.

Source: SageMaker AI developer guide, "Perform automatic model tuning" and "Tuning step".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pipeline_definitions import sdk
from pipeline_definitions.errors import PipelineModuleError
from pipeline_definitions.jobs import XGBOOST_IMAGE, Compute, Family, JobInput, caching, retries
from pipeline_definitions.steps import STATIC, training_request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline_definitions.environment import PipelineEnvironment

STRATEGIES: Final = ("Bayesian", "Random", "Grid")
_KINDS = {int: "IntegerParameterRanges", float: "ContinuousParameterRanges"}
_CATEGORICAL = "CategoricalParameterRanges"
_ENDS = 2


@dataclass(frozen=True)
class Search:
    """Which hyperparameters are tried.

    Parameters
    ----------
    ranges : mapping of str to tuple or list
        A tuple has the ends of a range, of whole numbers or of others; a list has the values.
    trials, at_once : int
        Training jobs in all, and at the same time.
    strategy : str
        ``Bayesian``, ``Random`` or ``Grid``, which tries every combination of lists.
    """

    ranges: Mapping[str, tuple[float, float] | list[Any]]
    trials: int = 12
    at_once: int = 2
    strategy: str = "Bayesian"

    def requested(self) -> dict[str, list[dict[str, Any]]]:
        """Return the ranges as the API takes them.

        Raises
        ------
        PipelineModuleError
            If the search is none that the service takes.
        """
        if self.strategy not in STRATEGIES:
            raise PipelineModuleError(
                f"search: strategy {self.strategy!r} is none of {', '.join(STRATEGIES)}"
            )
        if not 1 <= self.at_once <= self.trials:
            raise PipelineModuleError(
                f"search: {self.at_once} at once of {self.trials} trials; write from 1 to all"
            )
        if not self.ranges:
            raise PipelineModuleError("search: ranges is empty; name a hyperparameter to vary")
        found: dict[str, list[dict[str, Any]]] = {}
        for name, given in self.ranges.items():
            kind, request = _range(name, given)
            if self.strategy == "Grid" and kind != _CATEGORICAL:
                raise PipelineModuleError(f"search: {name}: Grid takes lists of values only")
            found.setdefault(kind, []).append({"Name": name, **request})
        return found


@dataclass(frozen=True)
class Objective:
    """The figure that a search makes small, or large, and where a job's log has it."""

    name: str
    pattern: str
    maximize: bool = False


def tuning_step(
    environment: PipelineEnvironment,
    name: str,
    *,
    search: Search,
    objective: Objective,
    script: str,
    code_uri: str,
    compute: Compute,
    channels: list[JobInput],
    hyperparameters: dict[str, Any],
    description: str,
    family: Family = XGBOOST_IMAGE,
    seed: Any = None,
) -> sdk.RequestStep:
    """Make a Tuning step that runs one script in script mode, as `steps.training_step` does.

    Parameters
    ----------
    hyperparameters : dict
        Those that all trials share; values as the API takes them, strings.
    seed : int or pipeline variable, optional
        Of the search. The same seed proposes the same trials.
    """
    ranges = search.requested()
    if shared := sorted(search.ranges.keys() & hyperparameters.keys()):
        raise PipelineModuleError(f"search: {shared[0]} has a value, too; leave one of them out")
    job = training_request(
        environment,
        name,
        script=script,
        code_uri=code_uri,
        compute=compute,
        channels=channels,
        family=family,
        output=_models(environment, name),
    )
    job[STATIC] |= hyperparameters
    job["AlgorithmSpecification"]["MetricDefinitions"] = [
        {"Name": objective.name, "Regex": objective.pattern}
    ]
    limits = {"MaxNumberOfTrainingJobs": search.trials, "MaxParallelTrainingJobs": search.at_once}
    if search.strategy == "Grid":  # The service counts the combinations.
        del limits["MaxNumberOfTrainingJobs"]
    config = {
        "Strategy": search.strategy,
        "HyperParameterTuningJobObjective": {
            "Type": "Maximize" if objective.maximize else "Minimize",
            "MetricName": objective.name,
        },
        "ResourceLimits": limits,
        "ParameterRanges": ranges,
        "TrainingJobEarlyStoppingType": "Off",
        **({} if seed is None else {"RandomSeed": seed}),
    }
    return sdk.RequestStep(
        name,
        sdk.StepTypeEnum.TUNING,
        {"HyperParameterTuningJobConfig": config, "TrainingJobDefinition": job},
        description=description,
        cache_config=caching(),
        retry_policies=retries(),
    )


def best_model(environment: PipelineEnvironment, tuning: sdk.RequestStep) -> sdk.Join:
    """Return the place of the best trial's model."""
    best = tuning.properties.BestTrainingJob.TrainingJobName
    values = [_models(environment, tuning.name), best, "output/model.tar.gz"]
    return sdk.Join(on="/", values=values)


def _models(environment: PipelineEnvironment, name: str) -> str:
    """Return a prefix that is no execution's: one that reuses a search finds its models there."""
    return f"s3://{environment.models_bucket}/models/searches/{name}"


def _range(name: str, given: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    if isinstance(given, list) and given:
        return _CATEGORICAL, {"Values": [str(each) for each in given]}
    if isinstance(given, tuple) and len(given) == _ENDS:
        kinds = {type(each) for each in given}
        kind = _KINDS.get(float if kinds == {int, float} else next(iter(kinds)))
        if kind and kinds <= _KINDS.keys() and given[0] < given[1]:
            ends = {"MinValue": str(given[0]), "MaxValue": str(given[1])}
            return kind, {**ends, "ScalingType": "Auto"}
    raise PipelineModuleError(
        f"search: {name}: {given!r} is neither (least, most), two numbers, nor a list of values"
    )
