"""The roles of queries: of the job that reads a batch by one, and of Redshift, which writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environments import AthenaQuery
from secure_mlops_constructs.acknowledgments import acknowledge
from secure_mlops_constructs.service_role import ServiceRole
from stacks import buckets, roles
from stacks.key_rights import use_keys, use_volume_key
from stacks.query_rights import query_arns, query_statements
from stacks.statements import allow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_iam as iam

    from stacks.base import EnvironmentStack

SAGEMAKER, REDSHIFT = "sagemaker.amazonaws.com", "redshift.amazonaws.com"


def query_role(
    stack: EnvironmentStack,
    policies: Sequence[iam.IManagedPolicy],
) -> iam.Role:
    """Make the role of the job that reads a batch by a query."""
    query = stack.settings.batch.query
    arns = query_arns(stack, stack.settings)
    role = ServiceRole(
        stack,
        roles.QUERY,
        role_name=stack.names.role(roles.QUERY),
        service=SAGEMAKER,
        description="Reads batches by a query, and numbers their rows",
        statements=[
            use_keys(stack, roles.QUERY),
            *use_volume_key(stack),
            *query_statements(arns),
        ],
        managed_policies=list(policies),
    )
    if isinstance(query, AthenaQuery):
        (tables,) = (arn for arn in arns.scratch if ":table/" in arn)
        acknowledge(
            role.policy,
            f"AwsSolutions-IAM5[Resource::{tables}]",
            reason="SageMaker names the tables that it makes of queries, and takes them away.",
        )
    else:
        acknowledge(
            role.policy,
            "AwsSolutions-IAM5[Resource::*]",
            reason=(
                "Statements of Redshift's Data API have no resource in IAM; a condition limits it"
                " to those that this role has begun."
            ),
        )
    return role.role


def unload_role(stack: EnvironmentStack) -> iam.Role:
    """Make the role under which Redshift writes the results of queries, and nothing else."""
    user, _ = query_arns(stack, stack.settings).logins
    return ServiceRole(
        stack,
        roles.UNLOAD,
        role_name=stack.names.role(roles.UNLOAD),
        service=REDSHIFT,
        description="Redshift: writes what a query gives",
        external_ids=[user],
        statements=[
            allow(
                "UseKey", ["kms:Decrypt", "kms:GenerateDataKey"], stack.key_arns[buckets.ARTIFACTS]
            )
        ],
    ).role
