"""A bucket under one key, reachable through one endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from secure_mlops_constructs.bucket_access import BucketAccess, access_statements
from secure_mlops_constructs.bucket_perimeter import (
    PerimeterException,
    encryption_statements,
    perimeter_statements,
    version_statements,
)
from secure_mlops_constructs.removal import removal_policy

if TYPE_CHECKING:
    from collections.abc import Sequence

ABANDONED_UPLOADS = cdk.Duration.days(7)
ACCESS_LOG_PREFIX = "access/"


class EncryptedBucket(Construct):
    """A bucket with every protection on.

    TLS only, one customer managed key, one VPC endpoint save listed exceptions, versions kept,
    public access blocked, ACLs off, access logged.

    Parameters
    ----------
    access_logs : IBucket, optional
        Left out only for the bucket of the logs.
    expirations : dict of str to int
        Days after which objects under a prefix expire (``""``: all).
    old_versions_days : int
        Days after which replaced and deleted versions expire.
    deleter : IRole, optional
        The only role that deletes versions of objects; nobody does if left out.
    lock_days : int, optional
        Days for which S3 refuses to delete a version, whoever asks without
        ``s3:BypassGovernanceRetention``. Not for the bucket of logs: S3 delivers no access logs
        to a bucket with a default retention (S3 User Guide, "Enabling server access logging").
    tells_events : bool
        Whether S3 sends EventBridge every new object. It is set in the template itself: the CDK's
        own way is a function that calls S3 from outside every VPC.
    keep : bool
        Whether it outlives its stack. Either way CloudFormation deletes no bucket with objects
        in it, so that deleting data takes two keys: emptying the bucket, and this.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket_name: str,
        key_arn: str,
        endpoint_id: str,
        access: Sequence[BucketAccess] = (),
        exceptions: Sequence[PerimeterException] = (),
        access_logs: s3.IBucket | None = None,
        expirations: dict[str, int] | None = None,
        old_versions_days: int,
        deleter: iam.IRole | None = None,
        lock_days: int | None = None,
        tells_events: bool = False,
        keep: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        # Imported, so that no construct can add statements to the key's policy.
        key = kms.Key.from_key_arn(self, "Key", key_arn)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            bucket_name=bucket_name,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            versioned=True,
            object_lock_default_retention=_lock(lock_days),
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix=f"{ACCESS_LOG_PREFIX}{bucket_name}/" if access_logs else None,
            lifecycle_rules=_lifecycle(expirations or {}, old_versions_days),
            removal_policy=removal_policy(keep=keep),
        )
        if tells_events:
            declared = self.bucket.node.default_child
            assert isinstance(declared, s3.CfnBucket)  # noqa: S101 - narrows the type
            declared.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
                event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                    event_bridge_enabled=True
                )
            )
        arn = self.bucket.bucket_arn
        statements = [
            *perimeter_statements(arn, endpoint_id, exceptions),
            *encryption_statements(arn, key_arn),
            *version_statements(arn, deleter),
        ]
        statements.extend(access_statements(arn, access))
        first, *others = statements
        self.bucket.add_to_resource_policy(first)
        policy = self.bucket.policy
        assert policy is not None  # noqa: S101 - narrows the type: the first statement made it
        policy.document.add_statements(*others)


def _lock(days: int | None) -> s3.ObjectLockRetention | None:
    return None if days is None else s3.ObjectLockRetention.governance(cdk.Duration.days(days))


def _lifecycle(expirations: dict[str, int], old_versions_days: int) -> list[s3.LifecycleRule]:
    return [
        s3.LifecycleRule(
            id="old-versions",
            abort_incomplete_multipart_upload_after=ABANDONED_UPLOADS,
            noncurrent_version_expiration=cdk.Duration.days(old_versions_days),
        ),
        *(
            s3.LifecycleRule(
                id=f"expire-{prefix.strip('/') or 'all'}",
                prefix=prefix or None,
                expiration=cdk.Duration.days(days),
            )
            for prefix, days in expirations.items()
        ),
    ]
