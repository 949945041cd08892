"""Names, a network and roles for the constructs under test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aws_cdk as cdk

KEY = "arn:aws:kms:eu-central-1:111111111111:key/00000000-0000-0000-0000-000000000000"
QUEUE = "arn:aws:sqs:eu-central-1:111111111111:failed"
RULES = "arn:aws:events:eu-central-1:111111111111:rule/p-*"


def place(stack: cdk.Stack) -> Any:
    """Return a VPC outside the stack, which no rule judges."""
    from aws_cdk import aws_ec2 as ec2

    from secure_mlops_constructs.private_function import FunctionPlace

    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-1",
        availability_zones=["eu-central-1a"],
        isolated_subnet_ids=["subnet-1"],
        isolated_subnet_route_table_ids=["rtb-1"],
    )
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-1", mutable=False)
    return FunctionPlace(vpc=vpc, security_group=group, key_arn=KEY)


def function_role(stack: cdk.Stack) -> Any:
    from aws_cdk import aws_iam as iam

    from secure_mlops_constructs.private_function import FunctionLogging, FunctionRole

    arn = "arn:aws:iam::111111111111:policy/network"
    return FunctionRole(
        stack,
        "FunctionRole",
        name="function",
        description="x",
        statements=[],
        network_policy=iam.ManagedPolicy.from_managed_policy_arn(stack, "Network", arn),
        logging=FunctionLogging(key_arn=KEY, days=30, keep=True),
    )


def imported_role(stack: cdk.Stack) -> Any:
    from aws_cdk import aws_iam as iam

    arn = "arn:aws:iam::111111111111:role/x"
    return iam.Role.from_role_arn(stack, "ImportedRole", arn, mutable=False)
