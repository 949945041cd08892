"""Patches of moto for deploying and tearing down stacks.

As in `moto_patches`, each function patches one defect of moto 5.2.5.
"""

from __future__ import annotations

import json
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.moto_patches import put

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def install() -> None:
    """Apply all patches below."""
    keys_are_made_by_stacks()
    parameters_take_tags()
    change_sets_export()
    buses_have_names()
    roles_go_with_what_is_attached()
    policies_go_with_their_stack()
    log_groups_go_with_their_stack()
    versions_and_groups_can_be_deleted()


def keys_are_made_by_stacks() -> None:
    """Accept tags and policy of an ``AWS::KMS::Key`` as templates write them.

    KMS's own API has other names of tags and the policy as text; moto passes the template's form on
    and fails. It also applies a Deny and ignores its conditions: policies are stored only.
    """
    from moto.kms.models import Key
    from moto.kms.responses import KmsResponse

    def convert(properties: Mapping[str, Any]) -> dict[str, Any]:
        tags = properties.get("Tags", ())
        return {
            "Tags": [{"TagKey": each["Key"], "TagValue": each["Value"]} for each in tags],
            "KeyPolicy": json.dumps(properties.get("KeyPolicy", {})),
        }

    _convert_properties(Key, convert)
    put(KmsResponse, "_validate_key_policy", lambda *_: None)


def parameters_take_tags() -> None:
    """Accept an ``AWS::SSM::Parameter``'s tags as templates write them: an object, not a list."""
    from moto.ssm.models import Parameter

    def convert(properties: Mapping[str, Any]) -> dict[str, Any]:
        tags = properties.get("Tags", {})
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    _convert_properties(Parameter, convert)


def change_sets_export() -> None:
    """Let a stack of a change set import and export, as CloudFormation does.

    moto does either only for a stack without a change set; the CDK uses change sets.
    """
    from moto.cloudformation.models import CloudFormationBackend, Stack, cloudformation_backends

    known, made = CloudFormationBackend.execute_change_set, Stack.__init__

    @wraps(made)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        arguments = signature(made).bind(self, *args, **kwargs).arguments
        if arguments.get("cross_stack_resources") is None:
            backend = cloudformation_backends[arguments["account_id"]][arguments["region_name"]]
            kwargs["cross_stack_resources"] = backend.exports
        made(self, *args, **kwargs)

    put(Stack, "__init__", init)

    def execute(self: Any, change_set_name: str, stack_name: str | None = None) -> None:
        known(self, change_set_name, stack_name)
        stack = self.stacks[self.describe_change_set(change_set_name).stack_id]
        stack._parse_template()  # noqa: SLF001 (as moto does when it makes a stack)
        stack.output_map = stack._create_output_map()  # noqa: SLF001
        for export in stack.exports:
            self.exports[export.name] = export

    put(CloudFormationBackend, "execute_change_set", execute)


def buses_have_names() -> None:
    """Identify an ``AWS::Events::EventBus`` by its name; moto gives it no physical id."""
    from moto.events.models import EventBus

    put(EventBus, "physical_resource_id", property(lambda self: self.name))


def roles_go_with_what_is_attached() -> None:
    """Detach managed policies from a role that is deleted with its stack; moto refuses."""
    from moto.iam.models import Role

    def before(backend: Any, name: str) -> None:
        for policy in list(backend.get_role(name).managed_policies):
            backend.detach_role_policy(policy, name)

    _before_deletion(Role, before)


def policies_go_with_their_stack() -> None:
    """Detach and delete a managed policy with its stack; moto leaves it."""
    from moto.iam.models import ManagedPolicy

    def before(backend: Any, arn: str) -> None:
        for role in list(backend.roles.values()):
            if arn in role.managed_policies:
                backend.detach_role_policy(arn, role.name)
        backend.managed_policies.pop(arn, None)

    _before_deletion(ManagedPolicy, before, goes_on=False)


def log_groups_go_with_their_stack() -> None:
    """Delete a log group with its stack; moto leaves it."""
    from moto.logs.models import LogGroup, logs_backends

    def delete(name: str, _template: Any, account: str, region: str) -> None:
        backend = logs_backends[account][region]
        if name in backend.groups:
            backend.delete_log_group(name)

    put(LogGroup, "delete_from_cloudformation_json", staticmethod(delete))


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


def _convert_properties(owner: Any, convert: Callable[[Mapping[str, Any]], dict[str, Any]]) -> None:
    known = owner.create_from_cloudformation_json

    def create(name: str, template: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        properties = template.get("Properties", {})
        filled = {**template, "Properties": {**properties, **convert(properties)}}
        return known(name, filled, *args, **kwargs)

    put(owner, "create_from_cloudformation_json", staticmethod(create))


def _before_deletion(
    owner: type, before: Callable[[Any, str], None], *, goes_on: bool = True
) -> None:
    from moto.iam.models import iam_backends
    from moto.utilities.utils import get_partition

    known = getattr(owner, "delete_from_cloudformation_json", None)

    def delete(name: str, template: Any, account: str, region: str) -> None:
        before(iam_backends[account][get_partition(region)], name)
        if goes_on and known is not None:
            known(name, template, account, region)

    put(owner, "delete_from_cloudformation_json", staticmethod(delete))
