"""The rights of every SageMaker job in our network."""

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
    image_repositories: Sequence[str],
) -> list[iam.PolicyStatement]:
    """Write the rights that all job roles share; those to data, keys and interfaces are elsewhere.

    After the SageMaker Developer Guide, "CreateTrainingJob API: Execution Role Permissions", with
    its wildcards narrowed to our repositories and log groups.
    """
    stack = cdk.Stack.of(scope)

    logs = stack.format_arn(
        service="logs",
        resource="log-group",
        resource_name=f"{LOG_GROUPS}*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    pulling = iam.PolicyStatement(
        sid="Images",
        actions=[
            *("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage"),
            "ecr:GetDownloadUrlForLayer",
        ],
        resources=list(image_repositories),
    )
    return [
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
        *([pulling] if image_repositories else []),
    ]


def job_network_statements(
    interface_arn: str, place_arns: Sequence[str]
) -> list[iam.PolicyStatement]:
    """Write a job's rights to network interfaces of the account, which SageMaker names."""
    return [
        iam.PolicyStatement(
            sid="InterfaceInOurSubnets",
            actions=["ec2:CreateNetworkInterface"],
            resources=[interface_arn, *place_arns],
        ),
        iam.PolicyStatement(
            sid="InterfaceOfTheJob",
            actions=[
                *("ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface"),
                "ec2:DeleteNetworkInterfacePermission",
            ],
            resources=[interface_arn],
        ),
    ]
