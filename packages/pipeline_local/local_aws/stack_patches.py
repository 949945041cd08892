"""Patches of moto for deploying and tearing down stacks.

As in `moto_patches`, each function patches one defect of moto 5.2.5.
"""

from __future__ import annotations

import json
import re
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.moto_patches import put

if TYPE_CHECKING:
    from collections.abc import Callable

_OF_AWS = re.compile(r"arn:[\w-]+:iam::aws:policy/(?:[\w+=,.@-]+/)*(?P<name>[\w+=,.@-]+)")


def install() -> None:
    """Apply all patches below."""
    key_policies_are_kept_not_enforced()
    policies_of_aws_can_be_attached()
    versions_and_groups_can_be_deleted()


def key_policies_are_kept_not_enforced() -> None:
    """Store key policies only: moto applies a Deny and ignores its conditions."""
    from moto.kms.responses import KmsResponse

    put(KmsResponse, "_validate_key_policy", lambda *_: None)


def policies_of_aws_can_be_attached() -> None:
    """Know the policies that AWS manages; moto would load 1,300 of them into each account."""
    from moto.iam.models import IAMBackend

    def knowing(known: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(known)
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            for each in (*args, *kwargs.values()):
                _note_policy_of_aws(self, each)
            return known(self, *args, **kwargs)

        return method

    for name in ("attach_role_policy", "get_policy", "get_policy_version"):
        put(IAMBackend, name, knowing(getattr(IAMBackend, name)))


def _note_policy_of_aws(backend: Any, arn: object) -> None:
    from moto.iam.models import AWSManagedPolicy

    found = _OF_AWS.fullmatch(arn) if isinstance(arn, str) else None
    if found is None or arn in backend.managed_policies:
        return
    data = _policies_of_aws().get(found["name"])
    if data is not None:
        made = AWSManagedPolicy.from_data(
            found["name"], backend.account_id, backend.region_name, data
        )
        backend.managed_policies[made.arn] = made


@cache
def _policies_of_aws() -> dict[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    read: dict[str, Any] = json.loads(aws_managed_policies_data)
    return read


def versions_and_groups_can_be_deleted() -> None:
    """Answer DeleteModelPackage and DeleteModelPackageGroup, which moto does not know."""
    from moto.core.responses import ActionResult, EmptyResult
    from moto.sagemaker.exceptions import ValidationError
    from moto.sagemaker.responses import SageMakerResponse

    def package(self: Any) -> ActionResult:
        name = self._get_param("ModelPackageName")
        backend = self.sagemaker_backend
        arn = backend.model_package_name_mapping.get(name, name)
        if backend.model_packages.pop(arn, None) is None:
            raise ValidationError(f"Model Package {name} does not exist.")
        return EmptyResult()

    def group(self: Any) -> ActionResult:
        name = self._get_param("ModelPackageGroupName").rpartition("/")[2]
        backend = self.sagemaker_backend
        if name not in backend.model_package_groups:
            raise ValidationError(f"Model Package Group {name} does not exist.")
        if any(each.model_package_group_name == name for each in backend.model_packages.values()):
            raise ValidationError(f"Model Package Group {name} is not empty.")
        del backend.model_package_groups[name]
        return EmptyResult()

    put(SageMakerResponse, "delete_model_package", package)
    put(SageMakerResponse, "delete_model_package_group", group)
