"""The table of everything that reaches a bucket without our S3 endpoint.

Each line opens the perimeter for one principal, one action and one prefix, and says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secure_mlops_constructs.bucket_perimeter import PerimeterException
from secure_mlops_constructs.encrypted_bucket import ACCESS_LOG_PREFIX
from stacks.buckets import QUERIES, RUNS
from stacks.people import BUCKET_CONFIGURATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# How CodePipeline handles what its actions hand on (User Guide, "Manage the CodePipeline service
# role").
ARTIFACT_ACTIONS = ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject")

# How CloudFormation creates, compares and changes the buckets and their policies; configuration
# only, none of these reads or writes an object (resource type AWS::S3::Bucket, its handlers).
CONFIGURATION_ACTIONS = (
    *("s3:DeleteBucketPolicy", "s3:GetAccelerateConfiguration"),
    *("s3:GetAnalyticsConfiguration", "s3:GetBucketAbac", "s3:GetBucketAcl", "s3:GetBucketCORS"),
    *("s3:GetBucketLocation", "s3:GetBucketLogging"),
    *("s3:GetBucketMetadataTableConfiguration", "s3:GetBucketNotification"),
    *("s3:GetBucketObjectLockConfiguration", "s3:GetBucketOwnershipControls"),
    *("s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock", "s3:GetBucketTagging"),
    *("s3:GetBucketVersioning", "s3:GetBucketWebsite", "s3:GetEncryptionConfiguration"),
    *("s3:GetIntelligentTieringConfiguration", "s3:GetInventoryConfiguration"),
    *("s3:GetLifecycleConfiguration", "s3:GetMetricsConfiguration"),
    *("s3:GetReplicationConfiguration", "s3:ListBucket", "s3:ListTagsForResource"),
    "s3:PutBucketLogging",
    *("s3:PutBucketOwnershipControls", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock"),
    *("s3:PutBucketTagging", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration"),
    *("s3:PutLifecycleConfiguration", "s3:TagResource", "s3:UntagResource"),
)
# Only where data may go with their stack.
BUCKET_DELETION = ("s3:DeleteBucket",)
# Only of a bucket whose new objects start something.
EVENTS_CONFIGURATION = ("s3:PutBucketNotification",)
# Only where the settings ask for Object Lock.
LOCKING = ("s3:PutBucketObjectLockConfiguration",)


FINDING = ("s3:GetBucketLocation", "s3:ListBucket")


def _of_role(
    arn: str, actions: Iterable[str], prefix: str | None, reason: str, *, by_service: bool = False
) -> tuple[PerimeterException, ...]:
    return tuple(
        PerimeterException("role", arn, action, prefix, reason, via_service=by_service)
        for action in actions
    )


def deployment_exceptions(
    deployer_arn: str, *, keep: bool, lock: bool, emits_events: bool = False
) -> tuple[PerimeterException, ...]:
    """Let CloudFormation configure a bucket."""
    actions = (
        *CONFIGURATION_ACTIONS,
        *(() if keep else BUCKET_DELETION),
        *(LOCKING if lock else ()),
        *(EVENTS_CONFIGURATION if emits_events else ()),
    )
    reason = "CloudFormation works outside every VPC; without this no update and no way back"
    return _of_role(deployer_arn, actions, None, reason)


def audit_exceptions(auditor_arn: str) -> tuple[PerimeterException, ...]:
    """Let auditors see how a bucket is set up."""
    reason = "Auditors check the set-up from where they work; they see no object"
    return _of_role(auditor_arn, BUCKET_CONFIGURATION, None, reason)


def property_file_exceptions(orchestration_arn: str) -> tuple[PerimeterException, ...]:
    """Let SageMaker Pipelines read the figures that a condition looks at."""
    reason = "JsonGet: the Pipelines service itself, not a job in the VPC, reads them"
    return _of_role(orchestration_arn, ["s3:GetObject"], RUNS, reason)


def registering_exceptions(
    places: Mapping[str, str], *, by_service: bool
) -> tuple[PerimeterException, ...]:
    """Let SageMaker look at the archive of a version that is registered."""
    reason = "Inferred from AWS's sample: RegisterModel looks at the archive for its caller"
    return tuple(
        exception
        for arn, prefix in places.items()
        for exception in _of_role(arn, ["s3:GetObject"], prefix, reason, by_service=by_service)
    )


def model_exceptions(
    model_arn: str, prefix: str, *, by_service: bool
) -> tuple[PerimeterException, ...]:
    """Let SageMaker look at the archive of a model that is made."""
    reason = "Inferred from its error message: CreateModel looks at the archive as the model's role"
    return _of_role(model_arn, ["s3:GetObject"], prefix, reason, by_service=by_service)


def table_exceptions(role_arn: str, prefixes: Iterable[str]) -> tuple[PerimeterException, ...]:
    """Let Athena read the tables of queries."""
    reason = "Athena, outside every VPC, reads the tables of a query with the role of the job"
    return (
        *(each for one in prefixes for each in _of_role(role_arn, ["s3:GetObject"], one, reason)),
        *_of_role(role_arn, FINDING, None, reason),
    )


def result_exceptions(role_arn: str, *, reads: bool) -> tuple[PerimeterException, ...]:
    """Let the results of queries be written."""
    reason = "Athena and Redshift, outside our VPC, write what a query gives"
    handling = ("s3:AbortMultipartUpload", "s3:PutObject", *(("s3:GetObject",) if reads else ()))
    return (
        *_of_role(role_arn, handling, QUERIES, reason),
        *_of_role(role_arn, FINDING, None, reason),
    )


def artifact_exceptions(pipeline_arn: str, prefix: str) -> tuple[PerimeterException, ...]:
    """Let CodePipeline hand on what its actions make."""
    reason = "CodePipeline, outside every VPC, puts the source there and hands artifacts on"
    looks = "CodePipeline looks at where the bucket is and that it keeps versions"
    return (
        *_of_role(pipeline_arn, ARTIFACT_ACTIONS, prefix, reason),
        *_of_role(pipeline_arn, ("s3:GetBucketLocation", "s3:GetBucketVersioning"), None, looks),
    )


def report_exceptions(reporting: Mapping[str, str]) -> tuple[PerimeterException, ...]:
    """Let CodeBuild export the reports of tests."""
    reason = "CodeBuild itself exports a report when the build has ended, outside the VPC"
    return tuple(
        each
        for role_arn, prefix in reporting.items()
        for each in _of_role(role_arn, ["s3:PutObject"], prefix, reason)
    )


def access_log_exceptions() -> tuple[PerimeterException, ...]:
    """Let S3 write access logs."""
    return (
        PerimeterException(
            kind="service",
            principal="logging.s3.amazonaws.com",
            action="s3:PutObject",
            prefix=ACCESS_LOG_PREFIX,
            reason="S3 delivers access logs itself, outside every VPC",
        ),
    )
