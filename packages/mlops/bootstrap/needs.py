"""Actions that deploying and removing an environment's resources requires."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from iam_prover.reference import action_details, matching
from mlops.bootstrap.dependents import dependents
from mlops.bootstrap.handlers import HANDLERS, permissions

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
# The same of single types, whose feature is in another service.
ELSEWHERE_OF: Mapping[str, tuple[str, ...]] = {
    "AWS::Route53Resolver::ResolverQueryLoggingConfig": (
        *("logs:*LogDeliver*", "logs:*ResourcePolic*", "logs:DescribeLogGroups"),
        "iam:CreateServiceLinkedRole",
    ),
}
# Actions for optional properties, by the property. Read-only actions are not among them: handlers
# call those to find out that the property is not set.
OPTIONAL: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "AWS::EC2::Subnet": {"Ipv6CidrBlock": ("ec2:*SubnetCidrBlock",)},
    "AWS::EC2::VPC": {
        "EncryptionControl": ("ec2:*EncryptionControl*",),
        "InstanceTenancy": ("ec2:ModifyVpcTenancy",),
    },
    "AWS::EC2::VPCEndpoint": {"PrivateDnsEnabled": ("route53:*",)},
    "AWS::EC2::FlowLog": {
        "DeliverCrossAccountRole": ("iam:CreateServiceLinkedRole",),
        "-": ("ecs:*",),  # names of fields in a log format of one's own
        "LogDestinationType": ("logs:*LogDelivery",),
    },
    "AWS::EC2::SecurityGroup": {"SourceSecurityGroupOwnerId": ("ec2:DescribeInstances",)},
    "AWS::IAM::ManagedPolicy": {
        "Users": ("iam:*UserPolicy",),
        "Groups": ("iam:*GroupPolicy",),
    },
    "AWS::KMS::Key": {
        "MultiRegion": ("iam:CreateServiceLinkedRole",),
        "Enabled": ("kms:DisableKey",),
        "-": ("kms:DisableKeyRotation",),  # all keys rotate, and go on to
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
    "AWS::S3::Bucket": {
        "MetadataConfiguration": tuple(
            f"s3:{verb}BucketMetadata*" for verb in ("Create", "Delete", "Update")
        ),
    },
    "AWS::SNS::Topic": {"DataProtectionPolicy": ("sns:PutDataProtectionPolicy",)},
}
# With the deployer's role.
CONFIGURES_BUCKETS = ("s3:CreateBucket", "s3:PutBucketPolicy")


# The fate of what a stack keeps, but for a creation that fails.
TAKEN_BACK = "RetainExceptOnCreate"
# What is called within minutes of a key's creation, while its tags may not count yet: they may take
# five (KMS Developer Guide, "ABAC for AWS KMS").
BEFORE_TAGS_COUNT = frozenset(
    {
        *("kms:CreateAlias", "kms:DescribeKey", "kms:EnableKeyRotation", "kms:GetKeyPolicy"),
        *("kms:GetKeyRotationStatus", "kms:ListResourceTags"),
    }
)


def fate(world: World, resource: Resource) -> str:
    """Return what a stack does with a resource when it goes: its ``DeletionPolicy``."""
    (stack,) = (each for each in world.stacks if each.name == resource.stack)
    return str(stack.resources[resource.logical_id].get("DeletionPolicy", "Delete"))


def actions_for(
    resource: Resource, region: str, handlers: tuple[str, ...] = HANDLERS
) -> Iterator[str]:
    """Yield the actions that one resource requires, with those that depend on them."""
    if connection := connection_of(resource):
        # Of the service that its ARN names: there are two, an older and a newer one.
        yield f"{connection.split(':')[2]}:PassConnection"
    unused = [
        pattern
        for name, patterns in OPTIONAL.get(resource.kind, {}).items()
        if name not in resource.properties
        for pattern in patterns
    ]
    own = resource.kind.split("::")[1].lower()
    elsewhere = (*ELSEWHERE, *ELSEWHERE_OF.get(resource.kind, ()))
    called = {
        action
        for action in permissions(resource.kind, region, handlers)
        if (action.startswith(f"{own}:") or _is_one_of(action, elsewhere)) and matching(action)
        if _only_reads(action) or not _is_one_of(action, unused)
    }
    dependent = {each for action in called for each in dependents(action)}
    yield from sorted(called | {each for each in dependent if not _is_one_of(each, unused)})


def connection_of(resource: Resource) -> str | None:
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


def let_through(world: World, bucket: str, deployer_arn: str) -> frozenset[str]:
    """Return what a bucket's policy allows the deployer to call; it refuses the rest."""
    found = (each for each in world.buckets if each.name == bucket)
    rows = (row for each in found for row in each.exceptions if row.principal == deployer_arn)
    return frozenset({*CONFIGURES_BUCKETS, *(row.action for row in rows)})
