"""Rights to use keys, beside which a key's own policy has to name the role (`stacks.keys`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from stacks import keys

if TYPE_CHECKING:
    from collections.abc import Mapping

_USING = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")


def use_keys(key_arns: Mapping[str, str], *purposes: str) -> iam.PolicyStatement:
    """Let a role read and write what is encrypted."""
    return iam.PolicyStatement(
        sid="UseKeys", actions=list(_USING), resources=[key_arns[each] for each in purposes]
    )


def use_volume_key(key_arns: Mapping[str, str]) -> list[iam.PolicyStatement]:
    """Let a role have SageMaker encrypt the volumes of jobs."""
    volumes = [key_arns[keys.VOLUMES]]
    return [
        iam.PolicyStatement(sid="UseVolumeKey", actions=list(_USING), resources=volumes),
        iam.PolicyStatement(
            sid="GrantVolumeKey",
            actions=["kms:CreateGrant"],
            resources=volumes,
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]
