"""Return to the previous promotion, by a rollback or because a model was rejected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops.promotion.belonging import only_project, project_of
from mlops.promotion.pipeline import BatchPipeline
from mlops.promotion.schedule import BatchSchedule
from mlops.promotion.versions import InferencePipelines
from mlops.registry import decide
from mlops.registry.versions import APPROVED
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from mlops.promotion.versions import InferencePipeline
    from mlops.registry import ModelVersion, Registry
    from pipeline_definitions.model_project import ModelProject


@dataclass(frozen=True)
class Withdrawal:
    """Result of a withdrawal."""

    withdrawn: InferencePipeline | None  # None if nothing had to be withdrawn
    now: InferencePipeline | None  # None if the schedule is disabled: nothing was promoted before
    schedule: str
    left_to_build: bool = False  # without permission: the build that the rejection starts does it

    def facts(self) -> dict[str, Any]:
        """Return the facts for `--json`."""
        return {
            "withdrawn": self.withdrawn.facts() if self.withdrawn else None,
            "now": self.now.facts() if self.now else None,
            "schedule": self.schedule,
            "left_to_build": self.left_to_build,
        }


def roll_back(registry: Registry, reason: str, group: str | None = None) -> Withdrawal:
    """Reject the scheduled model of a group, or the only project's, and schedule the former one."""
    project = project_of(registry, registry.group(group)) if group else only_project(registry)
    schedule, made = BatchSchedule(registry, project), InferencePipelines(registry, project)
    known = list(made.all())
    current = _scheduled(known, schedule)
    if current is None:
        raise MlopsError("no model is promoted: nothing to roll back")
    if _before(registry, known, current) is None:
        raise MlopsError(
            f"{current.model} is the only model that was promoted and is approved; "
            f"to stop scoring: mlops schedule pause {project.batch_schedule}"
        )
    model = registry.version(current.model)
    rejected = decide(registry, model, "Rejected", reason).version
    return withdraw(registry, rejected)


def withdraw(registry: Registry, model: ModelVersion) -> Withdrawal:
    """Take a rejected model out of the schedule, if it is scheduled."""
    from botocore.exceptions import ClientError

    project = project_of(registry, model.group)
    schedule, made = BatchSchedule(registry, project), InferencePipelines(registry, project)
    known = list(made.all())
    current = _scheduled(known, schedule)
    try:
        return _withdraw(registry, project, model, known, current)
    except ClientError as error:
        if "AccessDenied" not in error.response["Error"]["Code"]:
            raise
        return Withdrawal(current, None, schedule.expression, left_to_build=True)


def _withdraw(
    registry: Registry,
    project: ModelProject,
    model: ModelVersion,
    known: list[InferencePipeline],
    current: InferencePipeline | None,
) -> Withdrawal:
    schedule, made = BatchSchedule(registry, project), InferencePipelines(registry, project)
    why = model.approval_description
    for each in known:
        if each.model == model.arn and each.status == APPROVED:
            made.decide(each, "Rejected", why)
    if current is None or current.model != model.arn:
        return Withdrawal(None, current, schedule.expression)
    former = _before(registry, known, current)
    if former is None:
        schedule.disable()
    else:
        schedule.go_back(former.pipeline_version)
        BatchPipeline(registry, project).score_with(former.model)
    return Withdrawal(made.find(current.arn), former, schedule.expression)


def _scheduled(known: list[InferencePipeline], schedule: BatchSchedule) -> InferencePipeline | None:
    """Find the scheduled version; a paused schedule counts, too."""
    version = schedule.pipeline_version
    return next((each for each in known if version and each.pipeline_version == version), None)


def _before(
    registry: Registry, known: list[InferencePipeline], current: InferencePipeline
) -> InferencePipeline | None:
    """Find the newest promotion of another model that is still approved."""
    for each in known:
        if each.status != APPROVED or each.model == current.model:
            continue
        if registry.version(each.model).status == APPROVED:
            return each
    return None
