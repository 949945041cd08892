"""RegisterModel steps: one CreateModelPackage call."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pipeline_local.jobs.serving import as_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Step
    from pipeline_schema.values import JsonObject

_TOKEN_CHARACTERS = 36


def problems(step: Step) -> Iterator[str]:
    """Validate a RegisterModel step."""
    if "ModelPackageGroupName" not in step.arguments:
        yield "ModelPackageGroupName: is missing; an unversioned package cannot be registered here"


def run(work: Work) -> JsonObject:
    """Register the model and return what DescribeModelPackage returns.

    The client token makes it idempotent: after a kill, the same package is returned.
    """
    client = work.run.client("sagemaker")
    token = hashlib.sha256(work.job_name.encode()).hexdigest()[:_TOKEN_CHARACTERS]
    created = client.create_model_package(**work.arguments, ClientToken=token)
    return as_json(client.describe_model_package(ModelPackageName=created["ModelPackageArn"]))
