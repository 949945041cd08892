"""Patches of moto's SageMaker: policies of model package groups, tags, and jobs of runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore import xform_name

from pipeline_local.local_aws.job_records import jobs
from pipeline_local.local_aws.moto_patches import around, put
from pipeline_local.local_aws.sagemaker_operations import JOBS

if TYPE_CHECKING:
    from collections.abc import Callable


_TUNING = "HyperParameterTuningJob"


def install() -> None:
    """Apply all patches below."""
    groups_have_policies()
    a_tag_replaces_the_former()
    what_is_not_there_is_named()
    jobs_of_runs_are_described()


def groups_have_policies() -> None:
    """Answer the operations of a model package group's policy, which moto does not know."""
    from moto.core.responses import ActionResult, EmptyResult
    from moto.sagemaker.exceptions import ValidationError
    from moto.sagemaker.responses import SageMakerResponse

    def group(self: Any) -> Any:
        name = self._get_param("ModelPackageGroupName").rpartition("/")[2]
        return self.sagemaker_backend.describe_model_package_group(name)

    def put_policy(self: Any) -> ActionResult:
        found, text = group(self), self._get_param("ResourcePolicy")
        try:
            json.loads(text)
        except ValueError:
            raise ValidationError("The resource policy is not valid JSON.") from None
        found.resource_policy = text
        return ActionResult({"ModelPackageGroupArn": found.arn})

    def get_policy(self: Any) -> ActionResult:
        found = group(self)
        if not getattr(found, "resource_policy", None):
            raise ValidationError(f"Cannot find resource policy for: {found.arn}")
        return ActionResult({"ResourcePolicy": found.resource_policy})

    def delete_policy(self: Any) -> ActionResult:
        group(self).resource_policy = None
        return EmptyResult()

    put(SageMakerResponse, "put_model_package_group_policy", put_policy)
    put(SageMakerResponse, "get_model_package_group_policy", get_policy)
    put(SageMakerResponse, "delete_model_package_group_policy", delete_policy)


def a_tag_replaces_the_former() -> None:
    """Give a tag that exists its new value; moto adds a second one of the same key."""
    from moto.sagemaker.models import SageMakerModelBackend

    def add(known: Callable[..., Any], self: Any, arn: str, tags: list[dict[str, str]]) -> Any:
        resource = self._get_resource_from_arn(arn)
        keys = {tag["Key"] for tag in tags}
        resource.tags = [tag for tag in resource.tags or () if tag["Key"] not in keys]
        return known(self, arn, tags)

    around(SageMakerModelBackend, "add_tags", add)


def what_is_not_there_is_named() -> None:
    """Refuse what is not there, on which moto fails."""
    from moto.sagemaker.exceptions import ValidationError
    from moto.sagemaker.models import SageMakerModelBackend

    def find(known: Callable[..., Any], self: Any, arn: str) -> Any:
        try:
            found = self.model_packages.get(arn) or known(self, arn)
        except (AttributeError, ValueError):  # of a kind that moto does not know
            found = None
        if found is None:
            raise ValidationError(f"Could not find a resource that has tags: {arn}")
        return found

    def named(known: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return known(self, *args, **kwargs)
        except (KeyError, StopIteration) as error:
            raise ValidationError(f"Could not find what the request names: {error}") from None

    around(SageMakerModelBackend, "_get_resource_from_arn", find)
    for name in ("describe_experiment", f"describe_{xform_name(_TUNING)}", "update_model_package"):
        around(SageMakerModelBackend, name, named)


def jobs_of_runs_are_described() -> None:
    """Describe the jobs that steps of runs started; moto knows only those of its own requests."""
    from moto.sagemaker.models import SageMakerModelBackend

    def describing(kind: str) -> Callable[..., Any]:
        def describe(
            known: Callable[..., Any], self: Any, *args: str, **named: str
        ) -> dict[str, Any]:
            (name,) = (*args, *named.values())
            for job in jobs(self.account_id, self.region_name, kind, name):
                return job.describe()
            answer: dict[str, Any] = known(self, *args, **named)
            return answer

        return describe

    for kind in JOBS:
        around(SageMakerModelBackend, f"describe_{xform_name(kind)}", describing(kind))
