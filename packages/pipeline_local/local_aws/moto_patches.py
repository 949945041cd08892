"""Patches of moto, so that no product code has to know its defects.

Each function patches one defect of moto 5.2.5 and has a test that fails without it. They are for
the server's process: call `install` once, before the first request.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from pipeline_local.aws.variables import account_of
from pipeline_local.local_aws import determinism, events

if TYPE_CHECKING:
    from collections.abc import Callable

# Fields of CreateModelPackage that moto drops and DescribeModelPackage returns.
_DROPPED_FIELDS = (
    "ManagedStorageType",
    "ModelCard",
    "ModelLifeCycle",
    "ModelPackageRegistrationType",
    "SecurityConfig",
    "SkipModelValidation",
    "SourceUri",
)
_DROPPED_AT_UPDATE = ("InferenceSpecification", "ModelCard", "ModelLifeCycle", "SourceUri")


def install() -> None:
    """Apply all patches below."""
    from moto.sagemaker.models import ModelPackage, SageMakerModelBackend
    from moto.sagemaker.responses import SageMakerResponse

    account_from_access_key()
    bucket_policies_are_kept_not_enforced()
    bucket_creation_date()
    copies_have_checksums_of_their_own()
    group_created_once(SageMakerModelBackend)
    package_answers_in_full(ModelPackage, SageMakerResponse)
    update_keeps_what_it_does_not_name(SageMakerModelBackend)
    create_is_idempotent_and_pending(SageMakerModelBackend)
    state_changes_are_events(SageMakerModelBackend)
    packages_of_other_accounts_are_seen(SageMakerModelBackend)


def account_from_access_key() -> None:
    """Answer as the account that the access key names.

    moto answers as one account per process; the environments have an account each and one server.
    """
    from moto.iam import models

    known = models.get_account_id_from

    @wraps(known)
    def get_account_id_from(access_key: str) -> str:
        return account_of(access_key) or known(access_key)

    models.get_account_id_from = get_account_id_from


def account_of_key(access_key: str) -> str:
    """Return the account that a request with a key is answered as."""
    from moto.iam import models

    return models.get_account_id_from(access_key)


def bucket_policies_are_kept_not_enforced() -> None:
    """Store bucket policies without enforcing them; the proofs judge them.

    moto applies a Deny and ignores its conditions, so that the project's own policies (deny unless
    through our endpoint) would refuse every request.
    """
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket

    put(FakeBucket, "get_permission", lambda *_: PermissionResult.NEUTRAL)


def bucket_creation_date() -> None:
    """Date a bucket by the recorded time; moto reads the machine's clock."""
    from moto.s3.models import FakeBucket

    made = FakeBucket.__init__

    @wraps(made)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        made(self, *args, **kwargs)
        self.creation_date = determinism.now()

    put(FakeBucket, "__init__", init)


def copies_have_checksums_of_their_own() -> None:
    """Give the copy of an object that was uploaded in parts a checksum of its whole content.

    moto copies the checksum of the parts' checksums as one of the content, so that every client
    finds the copy damaged.
    """
    from moto.s3.models import S3Backend
    from moto.s3.utils import compute_checksum

    def copy(known: Callable[..., Any], self: Any, source: Any, *args: Any, **kwargs: Any) -> None:
        known(self, source, *args, **kwargs)
        if source.checksum_value and source.checksum_type == "COMPOSITE":
            made = self.get_object(*args[:2])
            checksum = compute_checksum(made.value, algorithm=source.checksum_algorithm)
            made.checksum_value = checksum.decode()

    around(S3Backend, "copy_object", copy)


def group_created_once(backend: type) -> None:
    """Refuse a model package group that exists; moto overwrites its description."""
    from moto.sagemaker.exceptions import ValidationError

    def create(known: Callable[..., Any], self: Any, **kwargs: Any) -> Any:
        name = kwargs["model_package_group_name"]
        if name in self.model_package_groups:
            arn = self.model_package_groups[name].arn
            raise ValidationError(f"Model Package Group already exists: {arn}")
        return known(self, **kwargs)

    around(backend, "create_model_package_group", create)


def package_answers_in_full(package: type, response: type) -> None:
    """Keep the fields of a model package that moto accepts and drops, and AWS returns."""

    def describe(known: Callable[..., Any], self: Any) -> Any:
        return {**known(self), **getattr(self, "other_fields", {})}

    def keeping(names: tuple[str, ...]) -> Callable[..., Any]:
        def method(known: Callable[..., Any], self: Any) -> Any:
            result = known(self)
            stored = self.sagemaker_backend.model_packages[result.result["ModelPackageArn"]]
            named = {name: self._get_param(name) for name in names}
            sent = {name: value for name, value in named.items() if value is not None}
            stored.other_fields = {**getattr(stored, "other_fields", {}), **sent}
            return result

        return method

    around(package, "gen_response_object", describe)
    around(response, "create_model_package", keeping(_DROPPED_FIELDS))
    around(response, "update_model_package", keeping(_DROPPED_AT_UPDATE))


def update_keeps_what_it_does_not_name(backend: type) -> None:
    """Let UpdateModelPackage change only what it names, and merge customer metadata.

    moto also sets what the request does not hold: an approval lost the metadata, a change of
    metadata the approval.
    """

    def update(known: Callable[..., Any], self: Any, **kwargs: Any) -> Any:
        arn = kwargs["model_package_arn"]
        package = self.model_packages.get(self.model_package_name_mapping.get(arn, arn))
        if package is not None:
            for name in ("model_approval_status", "approval_description"):
                if kwargs.get(name) is None:
                    kwargs[name] = getattr(package, name)
            kwargs["customer_metadata_properties"] = {
                **(package.customer_metadata_properties or {}),
                **(kwargs.get("customer_metadata_properties") or {}),
            }
            if kwargs.get("additional_inference_specifications_to_add") is None:
                kwargs["additional_inference_specifications_to_add"] = (
                    [] if package.additional_inference_specifications is not None else None
                )
        return known(self, **kwargs)

    around(backend, "update_model_package", update)


def create_is_idempotent_and_pending(backend: type) -> None:
    """Create one package per ClientToken, PendingManualApproval unless the request says otherwise.

    moto makes a second package, and leaves the status out.
    """

    def create(known: Callable[..., Any], self: Any, **kwargs: Any) -> Any:
        token = kwargs.get("client_token")
        group = kwargs.get("model_package_group_name")
        for package in self.model_packages.values():
            if token and package.client_token == token:
                return package.arn
        if group:
            # By ARN or by name; moto knows the name only.
            kwargs["model_package_group_name"] = group.split("/")[-1]
            if kwargs.get("model_approval_status") is None:
                kwargs["model_approval_status"] = "PendingManualApproval"
        return known(self, **kwargs)

    around(backend, "create_model_package", create)


def state_changes_are_events(backend: type) -> None:
    """Send "SageMaker Model Package State Change"; moto sends nothing."""

    def create(known: Callable[..., Any], self: Any, **kwargs: Any) -> Any:
        before = set(self.model_packages)
        arn = known(self, **kwargs)
        if arn not in before:
            _send(self, arn)
        return arn

    def update(known: Callable[..., Any], self: Any, **kwargs: Any) -> Any:
        arn = self.model_package_name_mapping.get(
            kwargs["model_package_arn"], kwargs["model_package_arn"]
        )
        package = self.model_packages.get(arn)
        before = package.model_approval_status if package else None
        result = known(self, **kwargs)
        if self.model_packages[arn].model_approval_status != before:
            _send(self, arn)
        return result

    around(backend, "create_model_package", create)
    around(backend, "update_model_package", update)


def packages_of_other_accounts_are_seen(backend: type) -> None:
    """Describe a version in the account that its ARN names; moto looks in the caller's only.

    AWS does so where the group's policy allows it, which the proofs judge.
    """
    from moto.sagemaker.models import sagemaker_backends

    def describe(known: Callable[..., Any], self: Any, model_package_name: str) -> Any:
        parts = model_package_name.split(":")
        account = parts[4] if len(parts) > 4 else self.account_id  # noqa: PLR2004 (of an ARN)
        if account == self.account_id:
            return known(self, model_package_name)
        return known(sagemaker_backends[account][self.region_name], model_package_name)

    around(backend, "describe_model_package", describe)


def _send(backend: Any, arn: str) -> None:
    description = backend.model_packages[arn].gen_response_object()
    events.emit(events.model_package_event(description, backend.account_id, backend.region_name))


def around(owner: type, name: str, wrapper: Callable[..., Any]) -> None:
    """Replace a method by ``wrapper(known, self, …)``, where known is the original method."""
    known = getattr(owner, name)

    @wraps(known)
    def method(self: object, *args: Any, **kwargs: Any) -> Any:
        return wrapper(known, self, *args, **kwargs)

    put(owner, name, method)


def put(owner: object, name: str, value: object) -> None:
    """Replace an attribute of a class of moto, or of an object."""
    setattr(owner, name, value)
