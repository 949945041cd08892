"""What any SageMaker job needs to run in our network, whatever it computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

LOG_GROUPS = "/aws/sagemaker/"


def job_statements(
    scope: Construct,
    *,
    subnet_ids: Sequence[str],
    security_group_ids: Sequence[str],
    image_repositories: Sequence[str],
) -> list[iam.PolicyStatement]:
    """Write the rights that all job roles share.

    Parameters
    ----------
    scope : Construct
        Anything in the stack, for its account and region.
    subnet_ids, security_group_ids : sequence of str
        Where a job may have a network interface.
    image_repositories : sequence of str
        ARNs of the repositories of the images that jobs run.

    Returns
    -------
    list of PolicyStatement
        After the SageMaker Developer Guide, "CreateTrainingJob API: Execution Role Permissions",
        with its wildcards narrowed to our subnets, groups, repositories and log groups. Data and
        keys are not in it: those differ by kind of job.
    """
    stack = cdk.Stack.of(scope)

    def network(resource: str, name: str) -> str:
        return stack.format_arn(service="ec2", resource=resource, resource_name=name)

    interface = network("network-interface", "*")
    subnets = [network("subnet", name) for name in subnet_ids]
    groups = [network("security-group", name) for name in security_group_ids]
    logs = stack.format_arn(
        service="logs",
        resource="log-group",
        resource_name=f"{LOG_GROUPS}*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    return [
        iam.PolicyStatement(
            sid="InterfaceInOurSubnets",
            actions=["ec2:CreateNetworkInterface"],
            resources=[interface, *subnets, *groups],
        ),
        iam.PolicyStatement(
            sid="InterfaceOfTheJob",
            actions=[
                *("ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface"),
                "ec2:DeleteNetworkInterfacePermission",
            ],
            resources=[interface],
        ),
        iam.PolicyStatement(
            sid="DescribeNetwork",
            actions=[
                *("ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces"),
                *("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"),
            ],
            resources=["*"],
        ),
        iam.PolicyStatement(
            sid="JobLogs",
            actions=[
                *("logs:CreateLogGroup", "logs:CreateLogStream"),
                *("logs:DescribeLogStreams", "logs:PutLogEvents"),
            ],
            resources=[logs],
        ),
        iam.PolicyStatement(
            sid="JobMetrics",
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={
                "StringLike": {"cloudwatch:namespace": [f"{LOG_GROUPS}*", "aws/sagemaker/*"]}
            },
        ),
        iam.PolicyStatement(
            sid="SignInToRegistries", actions=["ecr:GetAuthorizationToken"], resources=["*"]
        ),
        iam.PolicyStatement(
            sid="Images",
            actions=[
                *("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage"),
                "ecr:GetDownloadUrlForLayer",
            ],
            resources=list(image_repositories),
        ),
    ]
