"""The ceiling over every role: what none of them can ever do, whatever it is granted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from secure_mlops_constructs.acknowledgments import acknowledge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Changes of resources; each is limited to resources of this account.
ON_RESOURCES = {
    "Storage": """
        s3:AbortMultipartUpload s3:DeleteObject s3:GetBucketLocation s3:GetObject
        s3:GetObjectTagging s3:GetObjectVersion s3:ListBucket s3:ListBucketMultipartUploads
        s3:ListBucketVersions s3:ListMultipartUploadParts s3:PutObject s3:PutObjectTagging
        kms:Decrypt kms:DescribeKey kms:GenerateDataKey kms:CreateGrant
        """,
    "Compute": """
        sagemaker:AddTags sagemaker:CreateHyperParameterTuningJob sagemaker:CreateModel
        sagemaker:CreateModelPackage sagemaker:CreateProcessingJob sagemaker:CreateTrainingJob
        sagemaker:CreateTransformJob sagemaker:DeleteModel sagemaker:RetryPipelineExecution
        sagemaker:SendPipelineExecutionStepFailure sagemaker:SendPipelineExecutionStepSuccess
        sagemaker:StartPipelineExecution sagemaker:StopHyperParameterTuningJob
        sagemaker:StopPipelineExecution sagemaker:StopProcessingJob sagemaker:StopTrainingJob
        sagemaker:StopTransformJob sagemaker:UpdateModelPackage
        """,
    "Rest": """
        ec2:AssignPrivateIpAddresses ec2:CreateNetworkInterface
        ec2:CreateNetworkInterfacePermission ec2:DeleteNetworkInterface
        ec2:DeleteNetworkInterfacePermission ec2:RevokeSecurityGroupEgress
        ec2:RevokeSecurityGroupIngress ec2:UnassignPrivateIpAddresses
        logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents
        sqs:DeleteMessage sqs:ReceiveMessage sqs:SendMessage
        """,
}
# Reading about resources, and actions that have none.
READING = """
    cloudtrail:LookupEvents cloudwatch:DescribeAlarms cloudwatch:GetMetricData
    cloudwatch:ListMetrics cloudwatch:PutMetricData ec2:DescribeDhcpOptions ec2:DescribeFlowLogs
    ec2:DescribeNetworkInterfaces ec2:DescribeRouteTables ec2:DescribeSecurityGroupRules
    ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcEndpoints ec2:DescribeVpcs
    ecr:GetAuthorizationToken iam:GetPolicy iam:GetPolicyVersion iam:GetRole
    iam:ListAttachedRolePolicies iam:ListPolicyVersions iam:ListRolePolicies iam:ListRoles
    kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListAliases kms:ListGrants kms:ListKeys
    lambda:GetFunctionConfiguration lambda:GetPolicy logs:DescribeLogGroups
    logs:DescribeLogStreams logs:GetLogEvents
    s3:GetBucketLogging s3:GetBucketObjectLockConfiguration s3:GetBucketOwnershipControls
    s3:GetBucketPolicy s3:GetBucketPublicAccessBlock s3:GetBucketVersioning
    s3:GetEncryptionConfiguration s3:GetLifecycleConfiguration
    sagemaker:DescribeHyperParameterTuningJob sagemaker:DescribeModel
    sagemaker:DescribeModelPackage sagemaker:DescribeModelPackageGroup
    sagemaker:DescribePipeline sagemaker:DescribePipelineDefinitionForExecution
    sagemaker:DescribePipelineExecution sagemaker:DescribeProcessingJob
    sagemaker:DescribeTrainingJob sagemaker:DescribeTransformJob sagemaker:ListModelPackageGroups
    sagemaker:ListModelPackages sagemaker:ListPipelineExecutionSteps
    sagemaker:ListPipelineExecutions sagemaker:ListPipelineParametersForExecution
    sagemaker:ListPipelines sagemaker:ListProcessingJobs sagemaker:ListTags
    sagemaker:ListTrainingJobs sqs:GetQueueAttributes ssm:GetParameter ssm:GetParameters
    ssm:GetParametersByPath
    """
IMAGES = "ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer"
# What ends data, keys or records for good: the break-glass role only.
DELETION = """
    cloudtrail:DeleteTrail cloudtrail:StopLogging ec2:DeleteFlowLogs kms:CancelKeyDeletion
    kms:DisableKey kms:EnableKey kms:ScheduleKeyDeletion logs:DeleteLogGroup logs:DeleteLogStream
    s3:BypassGovernanceRetention s3:DeleteObjectVersion
    """
# Nothing above allows what follows; it is refused by name as well, so that nobody can allow it
# later by widening what is above.
LEAVING = """
    ec2:AttachInternetGateway ec2:AuthorizeSecurityGroupEgress ec2:AuthorizeSecurityGroupIngress
    ec2:CreateInternetGateway ec2:CreateNatGateway ec2:CreateRoute ec2:CreateVpcEndpoint
    ec2:CreateVpcPeeringConnection ec2:DeleteVpcEndpoints ec2:ModifyVpcEndpoint
    kms:PutKeyPolicy lambda:AddPermission lambda:UpdateFunctionCode ram:CreateResourceShare
    s3:DeleteBucketPolicy s3:PutBucketAcl s3:PutBucketPolicy s3:PutBucketPublicAccessBlock
    sagemaker:PutModelPackageGroupPolicy
    """
ESCALATING = """
    iam:AttachRolePolicy iam:AttachUserPolicy iam:CreateAccessKey iam:CreatePolicyVersion
    iam:CreateRole iam:CreateUser iam:DeleteRolePermissionsBoundary iam:DeleteRolePolicy
    iam:DetachRolePolicy iam:PutRolePermissionsBoundary iam:PutRolePolicy iam:PutUserPolicy
    iam:SetDefaultPolicyVersion iam:UpdateAssumeRolePolicy sts:AssumeRole
    """


@dataclass(frozen=True)
class Ceiling:
    """What the boundary takes from its environment.

    Parameters
    ----------
    passed_roles : tuple of str
        ARNs of the roles that may be passed at all.
    passed_to : tuple of str
        The services that they may be passed to.
    image_repositories : tuple of str
        ARNs of repositories of AWS's accounts whose images jobs run.
    assets_bucket_arn : str
        The bucket that the CDK uploads to: no role of ours writes there.
    break_glass_arn : str
        The one role that deletes for good.
    """

    passed_roles: tuple[str, ...]
    passed_to: tuple[str, ...]
    image_repositories: tuple[str, ...]
    assets_bucket_arn: str
    break_glass_arn: str


class PermissionBoundary(Construct):
    """A managed policy for `iam.PermissionsBoundary`.

    Parameters
    ----------
    scope : Construct
        Where it lives.
    construct_id : str
        Its id there.
    name : str
        Name of the policy.
    ceiling : Ceiling
        What differs between environments.

    Attributes
    ----------
    policy : ManagedPolicy
        The boundary.

    Notes
    -----
    A boundary grants nothing. Its Allow is the complete list of actions that any role of ours can
    have, SageMaker's among them, so that an action that AWS adds tomorrow is outside. It also caps
    what a bucket's policy grants to a role's ARN (IAM User Guide, "Permissions boundaries for IAM
    entities").
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, ceiling: Ceiling) -> None:
        super().__init__(scope, construct_id)
        self.policy = iam.ManagedPolicy(
            self,
            "Policy",
            managed_policy_name=name,
            description="The most that any role of this environment can ever do; grants nothing",
            statements=boundary_statements(cdk.Stack.of(self).account, ceiling),
        )
        acknowledge(
            self.policy,
            "AwsSolutions-IAM5[Resource::*]",
            reason=(
                "A boundary grants nothing; it caps the roles' own policies, which name their"
                " resources. Changes are limited to resources of this account by condition."
            ),
        )


def boundary_statements(account: str, ceiling: Ceiling) -> list[iam.PolicyStatement]:
    """Write the boundary.

    Parameters
    ----------
    account : str
        Whose resources may be changed.
    ceiling : Ceiling
        What differs between environments.

    Returns
    -------
    list of PolicyStatement
        What is possible, then what is not whatever else is written.
    """
    ours = {"StringEquals": {"aws:ResourceAccount": account}}
    by_break_glass = {"aws:PrincipalArn": ceiling.break_glass_arn}
    statements = [
        _statement(sid, actions, ["*"], conditions=ours) for sid, actions in ON_RESOURCES.items()
    ]
    statements += [
        _statement("Reading", READING, ["*"]),
        _statement(
            "Passing",
            "iam:PassRole",
            ceiling.passed_roles,
            conditions={"StringEquals": {"iam:PassedToService": list(ceiling.passed_to)}},
        ),
        _statement("Deleting", DELETION, ["*"], conditions={**ours, "ArnEquals": by_break_glass}),
        _refusal("NoEscalation", ESCALATING, ["*"]),
        _refusal("NoWayOut", LEAVING, ["*"]),
        _refusal("NoForgedAssets", "s3:PutObject s3:DeleteObject", [ceiling.assets_bucket_arn]),
    ]
    if ceiling.image_repositories:
        statements.append(_statement("ImagesOfAws", IMAGES, ceiling.image_repositories))
    return statements


def _statement(
    sid: str,
    actions: str,
    resources: Sequence[str],
    conditions: Mapping[str, object] | None = None,
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid, actions=actions.split(), resources=list(resources), conditions=conditions
    )


def _refusal(sid: str, actions: str, resources: Sequence[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid, effect=iam.Effect.DENY, actions=actions.split(), resources=list(resources)
    )
