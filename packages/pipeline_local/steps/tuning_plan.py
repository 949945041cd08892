"""A parsed CreateHyperParameterTuningJob request: definitions, limits and objective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_local.steps import script_mode
from pipeline_local.steps.tuning_ranges import read_ranges
from pipeline_local.steps.tuning_search import grid
from pipeline_schema.values import as_list
from pipeline_schema.walking import member_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline_local.steps.tuning_ranges import Range, Values
    from pipeline_schema.values import JsonObject

MAXIMIZE = "Maximize"
# What CreateTrainingJob takes over from a training job definition as it stands.
_SHARED = (
    *("InputDataConfig", "OutputDataConfig", "ResourceConfig", "StoppingCondition", "RoleArn"),
    *("VpcConfig", "CheckpointConfig", "Environment", "EnableNetworkIsolation"),
    *("EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining"),
)
_INSTANCE = ("InstanceType", "InstanceCount", "VolumeSizeInGB", "VolumeKmsKeyId")


@dataclass(frozen=True)
class Candidate:
    """One training job definition, with its ranges."""

    name: str
    definition: JsonObject
    ranges: tuple[Range, ...]
    metric: str
    maximize: bool

    def loss(self, value: float) -> float:
        """Return a number that is smaller for a better objective."""
        return -value if self.maximize else value

    def training_request(self, values: Values) -> JsonObject:
        """Return the CreateTrainingJob request of one trial."""
        static = self.definition.get("StaticHyperParameters") or {}
        return training_request(self.definition, {**static, **values}, self.metric)


@dataclass(frozen=True)
class Plan:
    """A whole tuning job."""

    strategy: str
    candidates: tuple[Candidate, ...]
    turns: tuple[int, ...]
    parallel: int
    max_seconds: float | None
    target: float | None
    patience: int | None

    def is_done(self, losses: Sequence[float | None]) -> bool:
        """Return whether the completion criteria are met."""
        known = [(loss, number) for number, loss in enumerate(losses) if loss is not None]
        if not known:
            return False
        best, number = min(known)
        if self.target is not None and best <= self.candidates[0].loss(self.target):
            return True
        return self.patience is not None and len(losses) - 1 - number >= self.patience


def definitions_of(request: JsonObject) -> list[tuple[str, JsonObject]]:
    """Return the training job definitions of a request, by their paths."""
    several = request.get("TrainingJobDefinitions")
    if isinstance(several, list):
        return [(f"TrainingJobDefinitions[{i}]", item) for i, item in enumerate(several)]
    return [("TrainingJobDefinition", request.get("TrainingJobDefinition") or {})]


def ranges_of(request: JsonObject, definition: JsonObject) -> Any:
    """Return the ranges of a definition: its own, else those of the tuning job."""
    own = member_at(definition, ("HyperParameterRanges",))
    return own or member_at(request, ("HyperParameterTuningJobConfig", "ParameterRanges"))


def names_in(ranges: Any) -> set[str]:
    """Return the names of the hyperparameters that have a range."""
    held = ranges.values() if isinstance(ranges, dict) else ()
    found = (member_at(item, ("Name",)) for items in held for item in as_list(items))
    return {name for name in found if isinstance(name, str)}


def objective_of(request: JsonObject, definition: JsonObject) -> Any:
    """Return the objective of a definition: its own, else that of the tuning job."""
    config = request.get("HyperParameterTuningJobConfig") or {}
    return definition.get("TuningObjective") or config.get("HyperParameterTuningJobObjective")


def plan_of(request: JsonObject) -> Plan:
    """Parse a validated request."""
    config = request["HyperParameterTuningJobConfig"]
    limits = config["ResourceLimits"]
    candidates = []
    for _, definition in definitions_of(request):
        objective = objective_of(request, definition)
        candidates.append(
            Candidate(
                name=str(definition.get("DefinitionName", "")),
                definition=definition,
                ranges=read_ranges(ranges_of(request, definition)),
                metric=str(objective["MetricName"]),
                maximize=objective["Type"] == MAXIMIZE,
            )
        )
    if config["Strategy"] == "Grid":
        turns = [turn for turn, item in enumerate(candidates) for _ in grid(item.ranges)]
    else:
        turns = [n % len(candidates) for n in range(int(limits["MaxNumberOfTrainingJobs"]))]
    criteria = config.get("TuningJobCompletionCriteria") or {}
    patience = (criteria.get("BestObjectiveNotImproving") or {}).get(
        "MaxNumberOfTrainingJobsNotImproving"
    )
    return Plan(
        strategy=config["Strategy"],
        candidates=tuple(candidates),
        turns=tuple(turns),
        parallel=int(limits["MaxParallelTrainingJobs"]),
        max_seconds=limits.get("MaxRuntimeInSeconds"),
        target=criteria.get("TargetObjectiveMetricValue"),
        patience=patience,
    )


def training_request(
    definition: JsonObject, hyperparameters: JsonObject, metric: str
) -> JsonObject:
    """Return a CreateTrainingJob request; an own algorithm reads the objective's name."""
    extra = {} if script_mode.PROGRAM in hyperparameters else {"_tuning_objective_metric": metric}
    request = {key: definition[key] for key in _SHARED if key in definition}
    if resources := definition.get("HyperParameterTuningResourceConfig"):
        first = (resources.get("InstanceConfigs") or [{}])[0]
        chosen = {key: resources.get(key) or first.get(key) for key in _INSTANCE}
        request["ResourceConfig"] = {key: value for key, value in chosen.items() if value}
    return {
        **request,
        "AlgorithmSpecification": definition.get("AlgorithmSpecification") or {},
        "HyperParameters": {**hyperparameters, **extra},
    }
