"""What is known of a step as soon as it begins, and so also of one that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_local.steps.executors import EXECUTORS
from pipeline_schema.step_properties import metadata_shape
from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from pipeline_local.jobs.work import Work
    from pipeline_schema.values import JsonObject

CHECK_JOB = "CheckJobArn"


def first_facts(work: Work) -> JsonObject:
    """Return name and ARN of a step's job, and what its metadata have of its settings."""
    row = step_type(work.step.type)
    shape = metadata_shape(row)
    facts = {name: value for name, value in work.settings.items() if name in shape}
    facts.pop(row.outputs, None)
    if row.function:
        facts["Arn"] = work.settings[row.function]
    if row.job is not None and row.job.cluster:
        name = EXECUTORS[row.name].job_name(work)
        facts[row.named_by_service] = name
        facts[row.arn or CHECK_JOB] = work.run.arn(row.resource, name)
    return facts
