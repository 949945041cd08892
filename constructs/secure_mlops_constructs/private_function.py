"""A Lambda function without a way to the internet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from secure_mlops_constructs.dead_letters import dead_letter_name, dead_letter_queue
from secure_mlops_constructs.log_group import EncryptedLogGroup
from secure_mlops_constructs.service_role import ServiceRole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# What the caches of Python and of linters leave behind must not change an asset's hash.
NOT_CODE = ["__pycache__", "*.pyc", ".mypy_cache", ".ruff_cache", ".pytest_cache"]


@dataclass(frozen=True)
class FunctionLogging:
    """Key, days and life of the logs of an environment's functions.

    The key is also that of their environment and their dead letters.
    """

    key_arn: str
    days: int
    keep: bool


@dataclass(frozen=True)
class FunctionPlace:
    """The network and key of an environment's functions.

    The security group lets them reach the endpoints and nothing else.
    """

    vpc: ec2.IVpc
    security_group: ec2.ISecurityGroup
    key_arn: str

    @property
    def subnets(self) -> ec2.SubnetSelection:
        """The isolated subnets."""
        return ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)


def network_statements(interface_arn: str, place_arns: Sequence[str]) -> list[iam.PolicyStatement]:
    """Write a function's rights to network interfaces in our subnets and groups.

    The rights of AWS's ``AWSLambdaVPCAccessExecutionRole``. Lambda wants deletion for "all resource
    IDs", which is said of interfaces alone (Lambda Developer Guide, "Giving Lambda functions access
    to resources in an Amazon VPC"); and, as that guide advises, a Deny that leaves them to Lambda
    itself: requests from inside a function carry its ARN.
    """
    create = ["ec2:CreateNetworkInterface"]
    manage = [
        *("ec2:AssignPrivateIpAddresses", "ec2:DeleteNetworkInterface"),
        "ec2:UnassignPrivateIpAddresses",
    ]
    describe = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]
    return [
        iam.PolicyStatement(
            sid="InterfaceInOurSubnets", actions=create, resources=[interface_arn, *place_arns]
        ),
        iam.PolicyStatement(
            sid="InterfaceOfTheFunction", actions=manage, resources=[interface_arn]
        ),
        iam.PolicyStatement(sid="DescribeNetwork", actions=describe, resources=["*"]),
        iam.PolicyStatement(
            sid="NotFromInsideTheFunction",
            effect=iam.Effect.DENY,
            actions=[*create, *manage],
            resources=["*"],
            conditions={"Null": {"lambda:SourceFunctionArn": "false"}},
        ),
    ]


class FunctionRole(Construct):
    """A function's role and log group, which can exist before the function does.

    Bucket policies name the role; the functions that use the buckets come after those. `statements`
    are its rights beyond its own logs, environment and dead letters; `network_policy` holds
    `network_statements`, shared by all functions. Other constructs get `frozen`, which they cannot
    add rights to.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        description: str,
        statements: Sequence[iam.PolicyStatement],
        network_policy: iam.IManagedPolicy,
        logging: FunctionLogging,
    ) -> None:
        super().__init__(scope, construct_id)
        self.name, self.description = name, description
        self.log_group = EncryptedLogGroup(
            self,
            "Logs",
            name=f"/aws/lambda/{name}",
            key_arn=logging.key_arn,
            retention_days=logging.days,
            keep=logging.keep,
        ).group
        queue = cdk.Stack.of(self).format_arn(service="sqs", resource=dead_letter_name(name))
        own = [
            iam.PolicyStatement(
                sid="OwnLogs",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[self.log_group.log_group_arn],
            ),
            iam.PolicyStatement(
                sid="OwnDeadLetters", actions=["sqs:SendMessage"], resources=[queue]
            ),
            iam.PolicyStatement(
                sid="OwnEnvironmentAndLetters",
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=[logging.key_arn],
            ),
        ]
        service_role = ServiceRole(
            self,
            "Role",
            role_name=name,
            service="lambda.amazonaws.com",
            description=description,
            statements=[*own, *statements],
            managed_policies=[network_policy],
        )
        self.role, self.frozen = service_role.role, service_role.frozen
        self.policy = service_role.policy


class PrivateFunction(Construct):
    """A Python function in the isolated subnets, whose failures are kept.

    `folder` holds ``handler.py`` with ``handle(event, context)``; standard library and boto3 only.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        role: FunctionRole,
        description: str,
        folder: Path,
        place: FunctionPlace,
        environment: Mapping[str, str],
        timeout: cdk.Duration,
        at_once: int = 1,
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = dead_letter_queue(self, role.name, place.key_arn)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=role.name,
            description=description,
            # The newest runtime that the CDK knows: AwsSolutions-L1 asks for it.
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            handler="handler.handle",
            code=lambda_.Code.from_asset(str(folder), exclude=NOT_CODE),
            role=role.frozen,
            environment=dict(environment),
            environment_encryption=kms.Key.from_key_arn(self, "Key", place.key_arn),
            vpc=place.vpc,
            vpc_subnets=place.subnets,
            security_groups=[place.security_group],
            log_group=role.log_group,
            dead_letter_queue=self.dead_letters,
            reserved_concurrent_executions=at_once,
            timeout=timeout,
            memory_size=512,
        )
