"""A model project: what goes with a training pipeline, declared beside its `get_pipeline`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from environments.monitoring import DRIFT, EVERY_FEW_DAYS, KINDS, LATE, QUALITY, VIOLATIONS, Limit
from environments.names import ResourceNames
from environments.schedules import Schedule

if TYPE_CHECKING:
    from environments.settings import EnvironmentSettings

DECLARED = "PROJECT"  # what a pipeline's module calls it
# Folder of a data set in the data bucket.
RAW = "raw/"


@dataclass(frozen=True)
class ResultTable:
    """A table over a folder of a batch pipeline's results, which has a folder for each day.

    Parameters
    ----------
    folder : str
        Below ``predictions/<batch pipeline>/`` in the bucket of artifacts, without slashes.
    columns : mapping
        Types of Glue by the columns' names.
    """

    name: str
    folder: str
    description: str
    columns: dict[str, str]


@dataclass(frozen=True)
class ModelProject:
    """What a model has beside its training pipeline, whose module calls it ``PROJECT``.

    Parameters
    ----------
    data_set : str
        Folder of its data in the data bucket; raw data arrive below ``<data_set>/raw/``.
    model_package_group : str
        Short name of the group that the training pipeline registers in.
    batch : str
        Short name of the pipeline that scores batches. A model of the group that is approved is
        promoted into it: the pipeline has a parameter ``ModelPackage``.
    quality : str
        Short name of the pipeline that measures the model once the truth is known.
    schedules : tuple of Schedule
        When its pipelines start by themselves. Batches have one in any case, nightly unless given.
    limits : mapping
        Limits of alarms by pipeline, in place of those that such a pipeline has: ``failed`` and
        ``step-slow``; with a schedule ``late``; of batches ``violations`` and ``drift``, of quality
        ``quality``, whose figures the pipeline publishes itself.
    tables : tuple of ResultTable
        Tables over the results of batches.
    training : str
        Short name of the pipeline that declares it; the catalogue fills it in.

    Examples
    --------
    >>> project = ModelProject("churn", "churn", batch="churn-batch", training="churn")
    >>> [each.name for each in project.all_schedules()]
    ['churn-batch']
    >>> list(project.limits_of("churn-batch"))
    ['late', 'violations', 'drift']
    """

    data_set: str
    model_package_group: str
    batch: str = ""
    quality: str = ""
    schedules: tuple[Schedule, ...] = ()
    limits: dict[str, dict[str, Limit]] = field(default_factory=dict)
    tables: tuple[ResultTable, ...] = ()
    training: str = ""

    @property
    def raw_data(self) -> str:
        """Prefix of raw data in the data bucket."""
        return f"{self.data_set}/{RAW}"

    def pipelines(self) -> list[str]:
        """Name its pipelines."""
        return [each for each in (self.training, self.batch, self.quality) if each]

    def all_schedules(self) -> tuple[Schedule, ...]:
        """Return its schedules, with that of batches."""
        if not self.batch or any(each.pipeline == self.batch for each in self.schedules):
            return self.schedules
        # Batches wait for a model that a person has approved: promoting it resumes them.
        return (Schedule(self.batch, "0 2 * * ? *", paused=True), *self.schedules)

    @property
    def batch_schedule(self) -> str:
        """Name of the schedule of its batches; empty without a batch pipeline."""
        own = (each.name for each in self.all_schedules() if each.pipeline == self.batch)
        return next(own, "")

    def retraining(self) -> Schedule | None:
        """Return the schedule of its training, if it has one."""
        return next((each for each in self.schedules if each.pipeline == self.training), None)

    def limits_of(self, pipeline: str) -> dict[str, Limit]:
        """Return the limits of one of its pipelines, beside those of any."""
        if pipeline in self.limits:
            return dict(self.limits[pipeline])
        scheduled = any(each.pipeline == pipeline for each in self.all_schedules())
        if pipeline == self.batch:
            return {kind: KINDS[kind] for kind in (LATE, VIOLATIONS, DRIFT)}
        late = {LATE: EVERY_FEW_DAYS} if scheduled else {}
        return {**late, QUALITY: KINDS[QUALITY]} if pipeline == self.quality else late


@dataclass(frozen=True)
class ModelProjects:
    """All model projects of an environment, with what its settings change."""

    settings: EnvironmentSettings
    all: tuple[ModelProject, ...] = ()

    def scored(self) -> list[ModelProject]:
        """Return those that have a batch pipeline."""
        return [each for each in self.all if each.batch]

    def data_sets(self) -> list[str]:
        """Name the folders of data."""
        return sorted({each.data_set for each in self.all})

    def schedules(self) -> dict[str, Schedule]:
        """Return all schedules by name."""
        return self.settings.schedules.changed(
            schedule for project in self.all for schedule in project.all_schedules()
        )

    def starting_rules(self) -> dict[str, list[str]]:
        """Name the rules that start retraining as well, by schedule."""
        schedules = self.schedules()
        named = (each.retraining() for each in self.all)
        return {each.name: schedules[each.name].rules for each in named if each is not None}

    def limits(self, pipeline: str) -> dict[str, Limit]:
        """Return the limits of a pipeline."""
        declared = {
            kind: limit
            for project in self.all
            if pipeline in project.pipelines()
            for kind, limit in project.limits_of(pipeline).items()
        }
        return self.settings.monitoring.limits(pipeline, declared)

    def of_group(self, group: str) -> ModelProject | None:
        """Find the project of a model package group, by its full name."""
        names = ResourceNames(self.settings)
        found = (e for e in self.all if names.model_package_group(e.model_package_group) == group)
        return next(found, None)

    def trained(self) -> list[str]:
        """Name the pipelines that train."""
        return sorted(each.training for each in self.all)

    def promoted_groups(self) -> list[str]:
        """Name the groups of promoted models: each is called as its batch pipeline."""
        names = ResourceNames(self.settings)
        return [names.model_package_group(each.batch) for each in self.scored()]

    def groups(self) -> list[str]:
        """Name the groups from which models are promoted: of projects with a batch pipeline."""
        names = ResourceNames(self.settings)
        return sorted(names.model_package_group(each.model_package_group) for each in self.scored())
