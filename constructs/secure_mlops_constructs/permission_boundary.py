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

# What is done to resources; limited to resources of this account, and what changes them to those
# of this environment.
ON_RESOURCES = """
    s3:AbortMultipartUpload s3:DeleteObject s3:GetBucketLocation s3:GetObject s3:ListBucket
    s3:ListBucketVersions s3:PutObject kms:Decrypt kms:DescribeKey kms:GenerateDataKey
    kms:CreateGrant sagemaker:AddTags sagemaker:CreateModelPackage sagemaker:CreateProcessingJob
    sagemaker:CreateTrainingJob sagemaker:RetryPipelineExecution sagemaker:StartPipelineExecution
    sagemaker:StopPipelineExecution sagemaker:StopProcessingJob sagemaker:StopTrainingJob
    sagemaker:UpdateModelPackage ec2:AssignPrivateIpAddresses ec2:CreateNetworkInterface
    ec2:CreateNetworkInterfacePermission ec2:DeleteNetworkInterface
    ec2:DeleteNetworkInterfacePermission ec2:RevokeSecurityGroupEgress
    ec2:RevokeSecurityGroupIngress ec2:UnassignPrivateIpAddresses logs:CreateLogGroup
    logs:CreateLogStream logs:PutLogEvents sqs:DeleteMessage sqs:ReceiveMessage sqs:SendMessage
    """
# All of it that changes something, in as few words as a policy's size asks for.
CHANGES = """
    cloudtrail:DeleteTrail cloudtrail:StopLogging ec2:AssignPrivateIpAddresses
    ec2:CreateNetworkInterface* ec2:DeleteFlowLogs ec2:DeleteNetworkInterface*
    ec2:RevokeSecurityGroup* ec2:UnassignPrivateIpAddresses kms:*Deletion kms:*ableKey
    kms:CreateGrant kms:Decrypt kms:GenerateDataKey logs:Create* logs:Delete* logs:Put* s3:Abort*
    s3:Bypass* s3:Delete* s3:Put* sagemaker:AddTags sagemaker:Create* sagemaker:Retry*
    sagemaker:Start* sagemaker:Stop* sagemaker:Update* sqs:*
    """
# Reading about resources, and actions that have none.
READING = """
    cloudtrail:LookupEvents cloudwatch:DescribeAlarms cloudwatch:GetMetricData
    cloudwatch:ListMetrics cloudwatch:PutMetricData ec2:DescribeDhcpOptions ec2:DescribeFlowLogs
    ec2:DescribeNetworkInterfaces ec2:DescribeRouteTables ec2:DescribeSecurityGroupRules
    ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcEndpoints ec2:DescribeVpcs
    ecr:GetAuthorizationToken iam:GetPolicy iam:GetPolicyVersion iam:GetRole
    iam:ListAttachedRolePolicies iam:ListPolicyVersions iam:ListRolePolicies iam:ListRoles
    kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListAliases kms:ListGrants kms:ListKeys
    lambda:GetFunctionConfiguration lambda:GetPolicy logs:DescribeLogGroups logs:DescribeLogStreams
    logs:GetLogEvents s3:GetBucketLogging s3:GetBucketObjectLockConfiguration
    s3:GetBucketOwnershipControls s3:GetBucketPolicy s3:GetBucketPublicAccessBlock
    s3:GetBucketVersioning s3:GetEncryptionConfiguration s3:GetLifecycleConfiguration
    sagemaker:DescribeModelPackage sagemaker:DescribeModelPackageGroup sagemaker:DescribePipeline
    sagemaker:DescribePipelineDefinitionForExecution sagemaker:DescribePipelineExecution
    sagemaker:DescribeProcessingJob sagemaker:DescribeTrainingJob sagemaker:DescribeTransformJob
    sagemaker:ListModelPackageGroups sagemaker:ListModelPackages
    sagemaker:ListPipelineExecutionSteps sagemaker:ListPipelineExecutions
    sagemaker:ListPipelineParametersForExecution sagemaker:ListPipelines
    sagemaker:ListProcessingJobs sagemaker:ListTags sagemaker:ListTrainingJobs
    sqs:GetQueueAttributes
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
    ec2:AttachInternetGateway ec2:AuthorizeSecurityGroup* ec2:Create*Gateway ec2:CreateRoute
    ec2:CreateVpc* ec2:DeleteVpc* ec2:ModifyVpc* kms:PutKeyPolicy lambda:AddPermission
    lambda:Update* ram:Create* s3:DeleteBucket* s3:PutBucket* sagemaker:PutModelPackageGroupPolicy
    """
ESCALATING = """
    iam:Add* iam:Attach* iam:Create* iam:Delete* iam:Detach* iam:Put* iam:Set* iam:Update*
    sts:AssumeRole
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
    break_glass_arn : str
        The one role that deletes for good.
    environment_arns : tuple of str
        All that roles of this environment may change, as patterns of ARNs.
    """

    passed_roles: tuple[str, ...]
    passed_to: tuple[str, ...]
    image_repositories: tuple[str, ...]
    break_glass_arn: str
    environment_arns: tuple[str, ...]


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
                " resources. A Deny beside it refuses changes of all but this environment's."
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
        _statement("OnResources", ON_RESOURCES, ["*"], conditions=ours),
        _statement("Reading", READING, ["*"]),
        _statement(
            "Passing",
            "iam:PassRole",
            ceiling.passed_roles,
            conditions={"StringEquals": {"iam:PassedToService": list(ceiling.passed_to)}},
        ),
        _statement("Deleting", DELETION, ["*"], conditions={**ours, "ArnEquals": by_break_glass}),
        iam.PolicyStatement(
            sid="NotElsewhere",
            effect=iam.Effect.DENY,
            actions=CHANGES.split(),
            not_resources=list(ceiling.environment_arns),
        ),
        _refusal("NoEscalation", ESCALATING, ["*"]),
        _refusal("NoWayOut", LEAVING, ["*"]),
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
