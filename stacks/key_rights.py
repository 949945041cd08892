"""Rights to use keys, beside which a key's own policy has to name the role (`stacks.keys`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secure_mlops_constructs.encryption_key import READ_AND_WRITE
from stacks import keys
from stacks.buckets import used_by
from stacks.statements import allow

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

    from stacks.base import EnvironmentStack


def use_keys(stack: EnvironmentStack, role: str) -> iam.PolicyStatement:
    """Let a role use the keys of the buckets that it works with, all in the same way."""
    used = used_by(stack.projects, role)
    actions = sorted({each for those in used.values() for each in those})
    return allow("UseKeys", actions, *(stack.key_arns[each] for each in used))


def use_volume_key(stack: EnvironmentStack) -> list[iam.PolicyStatement]:
    """Let a role have SageMaker encrypt the volumes of jobs."""
    volumes = [stack.key_arns[keys.VOLUMES]]
    return [
        allow("UseVolumeKey", READ_AND_WRITE, *volumes),
        allow(
            "GrantVolumeKey",
            ["kms:CreateGrant"],
            *volumes,
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]
