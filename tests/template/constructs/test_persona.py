"""The principals that may assume a persona's role."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import aws_cdk as cdk


def test_an_identity_providers_roles_are_trusted_when_named(stack: cdk.Stack) -> None:
    from aws_cdk import assertions
    from aws_cdk import aws_iam as iam

    from secure_mlops_constructs.persona import Persona

    right = iam.PolicyStatement(
        actions=["kms:DescribeKey"], resources=["arn:aws:kms:eu-central-1:111111111111:key/x"]
    )
    trusted = "arn:aws:iam::111111111111:role/from-the-identity-provider"
    Persona(stack, "P", role_name="p", description="x", statements=[right], trusted_roles=[trusted])
    (role,) = assertions.Template.from_stack(stack).find_resources("AWS::IAM::Role").values()
    conditions = [
        entry["Condition"] for entry in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    ]
    assert conditions == [
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        {"ArnEquals": {"aws:PrincipalArn": [trusted]}},
    ]
