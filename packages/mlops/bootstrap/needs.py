"""Actions that deploying and removing an environment's resources requires."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from iam_prover.reference import action_details, matching
from mlops.bootstrap.handlers import permissions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from promises.world import Resource, World

# Actions of services other than the resource's own, for features in use. The others are for
# features that no template uses: file systems, firehoses, service networks, table buckets.
ELSEWHERE = (
    *("ec2:Describe*", "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"),
    *("kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom"),
    *("kms:ReEncryptTo", "iam:PassRole", "iam:GetRole", "s3:GetObject"),
    *("cloudformation:ValidateTemplate", "cloudformation:GetTemplate"),
)
# Actions for optional properties, by the property. Read-only actions are not among them: handlers
# call those to find out that the property is not set.
OPTIONAL: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "AWS::EC2::Subnet": {"Ipv6CidrBlock": ("ec2:*SubnetCidrBlock",)},
    "AWS::EC2::VPC": {
        "EncryptionControl": ("ec2:*EncryptionControl*",),
        "InstanceTenancy": ("ec2:ModifyVpcTenancy",),
    },
    "AWS::EC2::FlowLog": {
        "DeliverCrossAccountRole": ("iam:CreateServiceLinkedRole",),
        "LogDestinationType": ("logs:*LogDelivery",),
    },
    "AWS::EC2::SecurityGroup": {"SourceSecurityGroupOwnerId": ("ec2:DescribeInstances",)},
    "AWS::IAM::ManagedPolicy": {
        "Users": ("iam:*UserPolicy",),
        "Groups": ("iam:*GroupPolicy",),
    },
    # Roles are created with their boundary and keep it until they are deleted.
    "AWS::IAM::Role": {"-": ("iam:DeleteRolePermissionsBoundary",)},
    "AWS::Lambda::Function": {
        "CodeSigningConfigArn": ("lambda:*CodeSigningConfig",),
        "CapacityProviderConfig": ("lambda:PassCapacityProvider", "lambda:*ScalingConfig"),
        "RecursiveLoop": ("lambda:PutFunctionRecursionConfig",),
        "RuntimeManagementConfig": ("lambda:PutRuntimeManagementConfig",),
        "-": ("lambda:AssociateRuntimeAlias",),
    },
    "AWS::Logs::LogGroup": {
        "DataProtectionPolicy": ("logs:*DataProtectionPolicy", "logs:*LogDelivery"),
        "FieldIndexPolicies": ("logs:*IndexPolicy",),
        "ResourcePolicyDocument": ("logs:*ResourcePolicy",),
        "BearerTokenAuthenticationEnabled": ("logs:PutBearerTokenAuthentication",),
        "DeletionProtectionEnabled": ("logs:PutLogGroupDeletionProtection",),
    },
    "AWS::CodeCommit::Repository": {
        "Code": ("codecommit:CreateCommit", "s3:GetObject*"),
        "Triggers": ("codecommit:PutRepositoryTriggers",),
    },
    "AWS::CodeBuild::Project": {"Triggers": ("codebuild:*Webhook",)},
    "AWS::CodePipeline::Pipeline": {
        "DisableInboundStageTransitions": ("codepipeline:*StageTransition",),
        "RestartExecutionOnUpdate": ("codepipeline:StartPipelineExecution",),
    },
    "AWS::SNS::Topic": {"DataProtectionPolicy": ("sns:PutDataProtectionPolicy",)},
}
# With the deployer's role.
_CONFIGURES_BUCKETS = ("s3:CreateBucket", "s3:PutBucketPolicy")


def needed_actions(world: World, deployer_arn: str) -> frozenset[str]:
    """Return the ``service:Action``s that deploying and removing an environment requires."""
    found = {action for each in world.resources for action in actions_for(each, world.region)}
    buckets = {each for each in found if _is_of_buckets(each)}
    return frozenset((found - buckets) | (buckets & _let_through(world, deployer_arn)))


def actions_for(resource: Resource, region: str) -> Iterator[str]:
    """Yield the actions that one resource requires."""
    if connection := _connection(resource):
        # Of the service that its ARN names: there are two, an older and a newer one.
        yield f"{connection.split(':')[2]}:PassConnection"
    unused = [
        pattern
        for name, patterns in OPTIONAL.get(resource.kind, {}).items()
        if name not in resource.properties
        for pattern in patterns
    ]
    own = resource.kind.split("::")[1].lower()
    for action in sorted(permissions(resource.kind, region)):
        ours = action.startswith(f"{own}:") or _is_one_of(action, ELSEWHERE)
        if ours and matching(action) and (_only_reads(action) or not _is_one_of(action, unused)):
            yield action


def _connection(resource: Resource) -> str | None:
    """Return the connection to a source provider (GitHub, …) of a pipeline."""
    for stage in resource.properties.get("Stages") or ():
        for each in stage.get("Actions", ()):
            if arn := each.get("Configuration", {}).get("ConnectionArn"):
                return str(arn)
    return None


def _only_reads(action: str) -> bool:
    return action_details(action)["accessLevel"] in {"List", "Read"}


def _is_one_of(action: str, patterns: tuple[str, ...] | list[str]) -> bool:
    return any(fnmatchcase(action, pattern) for pattern in patterns)


def _is_of_buckets(action: str) -> bool:
    return action.startswith("s3:") and action not in {"s3:GetObject", "s3:GetObjectVersion"}


def _let_through(world: World, deployer_arn: str) -> set[str]:
    """Return the bucket actions that bucket policies allow the deployer."""
    rows = (row for bucket in world.buckets for row in bucket.exceptions)
    rows_of_deployer = {row.action for row in rows if row.principal == deployer_arn}
    return {*_CONFIGURES_BUCKETS, *rows_of_deployer} if world.buckets else set()
