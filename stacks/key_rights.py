"""Rights to use keys, beside which a key's own policy has to name the role (`stacks.keys`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from secure_mlops_constructs.encryption_key import READ_AND_WRITE
from stacks import keys
from stacks.buckets import used_by

if TYPE_CHECKING:
    from stacks.base import EnvironmentStack


def use_keys(stack: EnvironmentStack, role: str) -> iam.PolicyStatement:
    """Let a role read and write under the keys of the buckets that it works with."""
    used = [stack.key_arns[each] for each in used_by(stack.settings, role)]
    return iam.PolicyStatement(sid="UseKeys", actions=list(READ_AND_WRITE), resources=used)


def use_volume_key(stack: EnvironmentStack) -> list[iam.PolicyStatement]:
    """Let a role have SageMaker encrypt the volumes of jobs."""
    volumes = [stack.key_arns[keys.VOLUMES]]
    return [
        iam.PolicyStatement(sid="UseVolumeKey", actions=list(READ_AND_WRITE), resources=volumes),
        iam.PolicyStatement(
            sid="GrantVolumeKey",
            actions=["kms:CreateGrant"],
            resources=volumes,
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]
