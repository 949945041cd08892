"""The roles of SageMaker jobs, one for each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from secure_mlops_constructs.job_rights import job_statements
from secure_mlops_constructs.service_role import ServiceRole
from stacks import roles
from stacks.key_rights import use_keys, use_volume_key
from stacks.query_role import SAGEMAKER, query_role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.base import EnvironmentStack
    from stacks.network import NetworkStack

DESCRIPTIONS = {
    roles.PROCESSING: "Processing jobs: preprocessing, evaluation, quality baselines",
    roles.TRAINING: "Training jobs",
    roles.INFERENCE: "Batch inference",
}


def job_roles(
    stack: EnvironmentStack,
    *,
    network: NetworkStack,
    image_repositories: Sequence[str],
) -> dict[str, iam.Role]:
    """Make the roles of jobs, which share one policy of common rights."""
    common = iam.ManagedPolicy(
        stack,
        "JobCommon",
        managed_policy_name=f"{stack.names.prefix}-job-common",
        description="What every SageMaker job needs to run in the VPC",
        statements=job_statements(stack, image_repositories=image_repositories),
    )
    policies = [common, network.job_network_policy]
    made = {
        name: ServiceRole(
            stack,
            name,
            role_name=stack.names.role(name),
            service=SAGEMAKER,
            description=description,
            statements=[
                use_keys(stack, name),
                *use_volume_key(stack),
                *network.from_inside(name),
            ],
            managed_policies=policies,
        ).role
        for name, description in DESCRIPTIONS.items()
    }
    if stack.settings.batch.query is not None:
        made[roles.QUERY] = query_role(stack, policies)
    return made
