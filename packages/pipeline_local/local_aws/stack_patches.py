"""Mends of what moto lacks for taking an environment down: stacks, and what is beside them.

As in `moto_patches`, each function patches one defect and says what AWS does, and what moto 5.2.5
does.
"""

from __future__ import annotations

import json
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def install() -> None:
    """Mend everything below."""
    keys_are_made_by_stacks()
    parameters_take_tags()
    change_sets_export()
    buses_have_names()
    roles_go_with_what_is_attached()
    policies_go_with_their_stack()
    log_groups_go_with_their_stack()
    versions_and_groups_can_be_deleted()


def keys_are_made_by_stacks() -> None:
    """Take tags and policy of an ``AWS::KMS::Key`` as templates write them.

    CloudFormation's tags are ``Key`` and ``Value``, KMS's own ``TagKey`` and ``TagValue``; a policy
    is an object here and text there. moto hands the one to the other and fails, at once or when
    the key is looked at. It also applies a Deny and ignores its conditions: as of buckets,
    policies are kept here, and refuse nobody.
    """
    from moto.kms.models import Key
    from moto.kms.responses import KmsResponse

    known = Key.create_from_cloudformation_json

    def create(name: str, properties: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        given = properties.get("Properties", {})
        tags = [
            {"TagKey": each["Key"], "TagValue": each["Value"]} for each in given.get("Tags", ())
        ]
        policy = json.dumps(given.get("KeyPolicy", {}))
        filled = {**properties, "Properties": {**given, "Tags": tags, "KeyPolicy": policy}}
        return known(name, filled, *args, **kwargs)

    _put(Key, "create_from_cloudformation_json", staticmethod(create))
    _put(KmsResponse, "_validate_key_policy", lambda *_: None)


def parameters_take_tags() -> None:
    """Take the tags of an ``AWS::SSM::Parameter`` as templates write them.

    CloudFormation's are an object of names and values, SSM's own a list; moto hands the one to the
    other and fails.
    """
    from moto.ssm.models import Parameter

    known = Parameter.create_from_cloudformation_json

    def create(name: str, properties: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        given = properties.get("Properties", {})
        tags = [{"Key": key, "Value": value} for key, value in given.get("Tags", {}).items()]
        filled = {**properties, "Properties": {**given, "Tags": tags}}
        return known(name, filled, *args, **kwargs)

    _put(Parameter, "create_from_cloudformation_json", staticmethod(create))


def change_sets_export() -> None:
    """Let a stack that a change set makes import and export, as CloudFormation does.

    moto does either only when a stack is made without a change set; the CDK uses change sets.
    """
    from moto.cloudformation.models import CloudFormationBackend, Stack, cloudformation_backends

    known, made = CloudFormationBackend.execute_change_set, Stack.__init__

    @wraps(made)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        given = signature(made).bind(self, *args, **kwargs).arguments
        if given.get("cross_stack_resources") is None:
            backend = cloudformation_backends[given["account_id"]][given["region_name"]]
            kwargs["cross_stack_resources"] = backend.exports
        made(self, *args, **kwargs)

    _put(Stack, "__init__", init)

    def execute(self: Any, change_set_name: str, stack_name: str | None = None) -> None:
        known(self, change_set_name, stack_name)
        stack = self.stacks[self.describe_change_set(change_set_name).stack_id]
        stack._parse_template()  # noqa: SLF001 (as moto does when it makes a stack)
        stack.output_map = stack._create_output_map()  # noqa: SLF001
        for export in stack.exports:
            self.exports[export.name] = export

    _put(CloudFormationBackend, "execute_change_set", execute)


def buses_have_names() -> None:
    """Call an ``AWS::Events::EventBus`` by its name, as CloudFormation does; moto by nothing."""
    from moto.events.models import EventBus

    _put(EventBus, "physical_resource_id", property(lambda self: self.name))


def roles_go_with_what_is_attached() -> None:
    """Detach managed policies from a role that is deleted with its stack.

    CloudFormation does (``iam:DetachRolePolicy`` is among the handler's calls); moto refuses.
    """
    from moto.iam.models import Role

    def before(backend: Any, name: str) -> None:
        for policy in list(backend.get_role(name).managed_policies):
            backend.detach_role_policy(policy, name)

    _before_deletion(Role, before)


def policies_go_with_their_stack() -> None:
    """Delete a managed policy with its stack, from the roles that have it, too.

    moto deletes the stack and leaves the policy.
    """
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

    _put(LogGroup, "delete_from_cloudformation_json", staticmethod(delete))


def versions_and_groups_can_be_deleted() -> None:
    """Answer DeleteModelPackage and DeleteModelPackageGroup, which moto does not know.

    AWS refuses to delete a group that has versions.
    """
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

    _put(SageMakerResponse, "delete_model_package", package)
    _put(SageMakerResponse, "delete_model_package_group", group)


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

    _put(owner, "delete_from_cloudformation_json", staticmethod(delete))


def _put(owner: type, name: str, value: object) -> None:
    setattr(owner, name, value)
