"""The rights of every build in our network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Sequence


def build_network_statements(
    interface_arn: str, subnet_arns: Sequence[str], group_arn: str
) -> list[iam.PolicyStatement]:
    """Write a build's rights to a network interface, only in our subnets and group.

    After the CodeBuild User Guide, "Allow CodeBuild access to AWS services required to create a VPC
    network interface"; `interface_arn` covers all interfaces of the account, as CodeBuild names
    them.
    """
    return [
        iam.PolicyStatement(
            sid="InterfaceInOurSubnets",
            actions=["ec2:CreateNetworkInterface"],
            resources=[interface_arn, *subnet_arns, group_arn],
        ),
        iam.PolicyStatement(
            sid="InterfaceOfTheBuild",
            actions=["ec2:DeleteNetworkInterface"],
            resources=[interface_arn],
        ),
        iam.PolicyStatement(
            sid="InterfaceForCodeBuild",
            actions=["ec2:CreateNetworkInterfacePermission"],
            resources=[interface_arn],
            conditions={
                "StringEquals": {"ec2:AuthorizedService": "codebuild.amazonaws.com"},
                "ArnEquals": {"ec2:Subnet": list(subnet_arns)},
            },
        ),
        iam.PolicyStatement(
            sid="DescribeNetwork",
            actions=[
                *("ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces"),
                *("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"),
            ],
            resources=["*"],
        ),
    ]


def package_statements(domain_arn: str, repository_arn: str) -> list[iam.PolicyStatement]:
    """Write the rights to install packages; the bearer token is for CodeArtifact only.

    Source: CodeArtifact User Guide, "AWS CodeArtifact authentication and tokens".
    """
    return [
        iam.PolicyStatement(
            sid="SignInToPackages",
            actions=["codeartifact:GetAuthorizationToken"],
            resources=[domain_arn],
        ),
        iam.PolicyStatement(
            sid="ReadPackages",
            actions=["codeartifact:GetRepositoryEndpoint", "codeartifact:ReadFromRepository"],
            resources=[repository_arn],
        ),
        iam.PolicyStatement(
            sid="TokenForPackages",
            actions=["sts:GetServiceBearerToken"],
            resources=["*"],
            conditions={"StringEquals": {"sts:AWSServiceName": "codeartifact.amazonaws.com"}},
        ),
    ]


def log_statements(log_group_arn: str) -> list[iam.PolicyStatement]:
    """Write the rights to a build's own log group, given with ``:*`` for its streams."""
    return [
        iam.PolicyStatement(
            sid="OwnLogs",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[log_group_arn],
        )
    ]


def report_statements(report_group_arn: str) -> list[iam.PolicyStatement]:
    """Write the rights to leave test reports in a project's existing report group."""
    return [
        iam.PolicyStatement(
            sid="OwnReports",
            actions=[
                *("codebuild:BatchPutTestCases", "codebuild:CreateReport"),
                "codebuild:UpdateReport",
            ],
            resources=[report_group_arn],
        )
    ]
