"""The model projects of an environment: those that its pipelines declare, checked."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from environments.loading import file_of
from environments.monitoring import KINDS, LimitChange
from environments.names import LONGEST_GROUP, ResourceNames
from environments.schedules import ScheduleChange
from environments.settings import SettingsError
from mlops_contract.data_places import DATASET_WORDS, is_dataset
from mlops_contract.names import PROJECT_START
from pipeline_definitions.errors import PipelineModuleError
from pipeline_definitions.model_project import DECLARED, ModelProject, ModelProjects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from environments.settings import EnvironmentSettings
    from pipeline_definitions.built import BuiltPipeline

# Names of the example that this project comes with; lines of settings may outlive it.
EXAMPLE = frozenset({"training", "batch-inference", "model-quality", "retraining"})
MODEL_PACKAGE = "ModelPackage"  # the parameter of a batch pipeline that promotion binds
_PROJECT: TypeAdapter[ModelProject] = TypeAdapter(ModelProject)
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TABLE = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST_SCHEDULE = 64  # Scheduler API Reference, CreateSchedule; its rules' names go on after it


def checked(declared: object, name: str, shown: str) -> ModelProject:
    """Check what a module declares, as far as it can be checked alone."""
    if not isinstance(declared, ModelProject):
        raise PipelineModuleError(
            f"{shown}: {DECLARED} is of type {type(declared).__name__}, not ModelProject"
        )
    if declared.training:
        raise PipelineModuleError(f"{shown}: {DECLARED}.training is filled in; leave it out")
    try:
        project = replace(_PROJECT.validate_python(asdict(declared)), training=name)
    except ValidationError as error:
        raise PipelineModuleError(*_wrong(error, f"{shown}: {DECLARED}")) from None
    problems = [*_names(project), *_schedules(project), *_limits(project), *_tables(project)]
    if problems:
        raise PipelineModuleError(*(f"{shown}: {DECLARED}.{each}" for each in problems))
    return project


def as_json(project: ModelProject | None) -> object:
    """Render a project as JSON."""
    return None if project is None else _PROJECT.dump_python(project, mode="json")


def from_json(content: object) -> ModelProject | None:
    """Read a project from JSON."""
    return None if content is None else _PROJECT.validate_python(content)


def model_projects(
    settings: EnvironmentSettings, pipelines: Sequence[BuiltPipeline]
) -> ModelProjects:
    """Collect the projects of an environment; refuse what does not fit together.

    Raises
    ------
    PipelineModuleError
        A project names a pipeline or a group that does not exist, or two have the same.
    SettingsError
        The settings name a schedule or a pipeline that does not exist.
    """
    by_name = {pipeline.name: pipeline for pipeline in pipelines}
    all_of_them = tuple(each.project for each in pipelines if each.project is not None)
    found = ModelProjects(settings, all_of_them)
    names = ResourceNames(settings)
    problems = [
        *(line for each in all_of_them for line in _pipelines(each, by_name, names)),
        *_shared(all_of_them),
    ]
    if problems:
        raise PipelineModuleError(*problems)
    _check_settings(found, by_name)
    return found


def _wrong(error: ValidationError, where: str) -> Iterator[str]:
    for line in error.errors():
        place = "".join(f".{each}" for each in line["loc"])
        yield f"{where}{place}: {line['msg'].removeprefix('Value error, ')}"


def _names(project: ModelProject) -> Iterator[str]:
    for field in ("data_set", "model_package_group", "batch", "quality"):
        value = getattr(project, field)
        optional = field in {"batch", "quality"} and value == ""
        if not optional and not (isinstance(value, str) and _NAME.fullmatch(value)):
            yield f"{field} is {value!r}; write lower-case letters, digits and single hyphens"
        elif value.startswith(PROJECT_START):
            yield f"{field} is {value!r}; what begins with {PROJECT_START} is of teams' projects"
        elif field == "data_set" and not is_dataset(value):
            yield f"{field}: {value!r} {DATASET_WORDS}"
    twice = [name for name, count in Counter(project.pipelines()).items() if count > 1]
    if twice:
        yield f"batch and quality: {twice[0]} is named twice; each is a pipeline of its own"


def _schedules(project: ModelProject) -> Iterator[str]:
    for each in project.schedules:
        if each.pipeline not in project.pipelines():
            own = ", ".join(project.pipelines())
            yield f"schedules: {each.pipeline} is not a pipeline of this project; it has {own}"
        longest = max(len(name) for name in (each.name, *each.rules))
        if not _NAME.fullmatch(each.name) or longest > _LONGEST_SCHEDULE:
            yield f"schedules: {each.name!r} is not a name of a schedule"
        if (each.on_drift or each.on_data) and each.pipeline != project.training:
            yield f"schedules: {each.name} starts on its schedule only; on_… is for training"
        try:
            ScheduleChange(
                cron=each.cron, time_zone=each.time_zone, flexible_minutes=each.flexible_minutes
            )
        except ValidationError as error:
            yield from _wrong(error, f"schedules: {each.name}")
    of_pipelines = Counter(each.pipeline for each in project.schedules)
    for name, count in of_pipelines.items():
        if count > 1:
            yield f"schedules: {name} has {count} of them; write one"


def _limits(project: ModelProject) -> Iterator[str]:
    for pipeline, limits in project.limits.items():
        if pipeline not in project.pipelines():
            own = ", ".join(project.pipelines())
            yield f"limits: {pipeline} is not a pipeline of this project; it has {own}"
        if unknown := sorted(set(limits) - set(KINDS)):
            yield f"limits: {unknown[0]} is not a kind of alarm; there are {', '.join(KINDS)}"
        for kind, limit in limits.items():
            try:
                LimitChange(above=limit.above, hours=limit.hours)
            except ValidationError as error:
                yield from _wrong(error, f"limits: {pipeline}.{kind}")


def _tables(project: ModelProject) -> Iterator[str]:
    if project.tables and not project.batch:
        yield "tables are over results of batches; name a batch pipeline"
    for table in project.tables:
        wrong = [e for e in (table.name, table.folder, *table.columns) if not _TABLE.fullmatch(e)]
        if wrong:
            yield f"tables: {wrong[0]!r} is not lower-case letters, digits and underscores"


def _pipelines(
    project: ModelProject, by_name: Mapping[str, BuiltPipeline], names: ResourceNames
) -> Iterator[str]:
    who = f"{DECLARED} of {project.training}"
    for field in ("batch", "quality"):
        wanted = getattr(project, field)
        if wanted and wanted not in by_name:
            known = ", ".join(by_name)
            yield f"{who}: {field}: there is no pipeline called {wanted}; there are: {known}"
    group = names.model_package_group(project.model_package_group)
    if len(group) > LONGEST_GROUP:
        yield f"{who}: model_package_group: {group} has more than {LONGEST_GROUP} characters"
    if group not in by_name[project.training].model_package_groups:
        yield f"{who}: model_package_group: no step of the pipeline registers in {group}"
    if not project.batch or project.batch not in by_name:
        return
    # Promoted models are registered in a group that is called as the batch pipeline.
    promoted = names.model_package_group(project.batch)
    if any(promoted in each.model_package_groups for each in by_name.values()):
        yield f"{who}: batch: {promoted} is a model package group; rename the pipeline"
    parameters = by_name[project.batch].definition.get("Parameters") or ()
    if not any(each["Name"] == MODEL_PACKAGE for each in parameters):
        yield (
            f"{who}: batch: {project.batch} has no parameter {MODEL_PACKAGE}, which says what model"
            " it scores with"
        )


def _shared(projects: Iterable[ModelProject]) -> Iterator[str]:
    """Find what two projects have, of which each needs its own."""
    kinds: Mapping[str, Callable[[ModelProject], Iterable[str]]] = {
        "pipeline": ModelProject.pipelines,
        "model package group": lambda each: (each.model_package_group,),
        "schedule or rule": lambda each: (
            name for one in each.all_schedules() for name in {one.name, *_rules(each, one.name)}
        ),
        "table": lambda each: (table.name for table in each.tables),
    }
    for kind, values in kinds.items():
        counted = Counter(value for each in projects for value in values(each))
        for value in sorted(name for name, count in counted.items() if count > 1):
            who = [each.training for each in projects if value in set(values(each))]
            yield f"{DECLARED} of {' and '.join(who)}: {value} is a {kind} of both; rename one"


def _rules(project: ModelProject, schedule: str) -> list[str]:
    retraining = project.retraining()
    return retraining.rules if retraining is not None and retraining.name == schedule else []


def _check_settings(found: ModelProjects, by_name: Mapping[str, BuiltPipeline]) -> None:
    settings = found.settings
    schedules = found.schedules()
    following = settings.schedules.following_events()
    known: dict[str, tuple[Iterable[str], Iterable[str]]] = {
        "monitoring": (settings.monitoring.pipelines(), by_name),
        "schedules": (settings.schedules.root, schedules),
    }
    for section, (given, there) in known.items():
        unknown = sorted(set(given) - set(there) - EXAMPLE)
        if unknown:
            what = "pipeline" if section == "monitoring" else "schedule"
            raise SettingsError(
                f"{file_of(settings.name)}: {section}.{unknown[0]}: there is no such {what};"
                f" there are {', '.join(sorted(there)) or 'none'}"
            )
    for name in sorted(following & schedules.keys() - found.starting_rules().keys()):
        raise SettingsError(
            f"{file_of(settings.name)}: schedules.{name}: starts on its schedule only; on_… is for"
            " the schedules of training"
        )
