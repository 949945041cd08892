"""A function that closes the default security group of a VPC, from inside the VPC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from secure_mlops_constructs.private_function import (
    FunctionLogging,
    FunctionPlace,
    FunctionRole,
    PrivateFunction,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class DefaultGroupCloser(Construct):
    """A function that revokes the rules of a VPC's default security group.

    CloudFormation cannot do that, so a function does it at deployment. The CDK has one for it, but
    outside the VPC (with the internet before it), without encrypted logs and with inline rights;
    this one is a function like our others. Security Hub's EC2.2 asks for closed groups. `after` are
    the endpoints that the function needs, `denies` what its role is refused.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        folder: Path,
        vpc: ec2.Vpc,
        place: FunctionPlace,
        logging: FunctionLogging,
        network_policy: iam.IManagedPolicy,
        denies: Sequence[iam.PolicyStatement],
        after: Sequence[Construct],
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        group_id = vpc.vpc_default_security_group
        group_arn = stack.format_arn(
            service="ec2", resource="security-group", resource_name=group_id
        )
        role = FunctionRole(
            self,
            "Role",
            name=name,
            description="Closes the default security group of the VPC",
            network_policy=network_policy,
            logging=logging,
            statements=[
                iam.PolicyStatement(
                    sid="CloseTheDefaultGroup",
                    actions=["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
                    resources=[group_arn],
                ),
                *denies,
            ],
        )
        function = PrivateFunction(
            self,
            "Closer",
            role=role,
            description="Takes all rules from the VPC's default security group",
            folder=folder,
            place=place,
            environment={},
            timeout=cdk.Duration.minutes(2),
        )
        function.node.add_dependency(role.policy, *after)
        # Where and as what the rule VPCDefaultSecurityGroupClosed of the packs looks for it.
        cdk.CustomResource(
            vpc,
            "RestrictDefaultSecurityGroupCustomResource",
            resource_type="Custom::VpcRestrictDefaultSG",
            service_token=function.function.function_arn,
            service_timeout=cdk.Duration.minutes(10),
            properties={"DefaultSecurityGroupId": group_id, "Account": stack.account},
        )
