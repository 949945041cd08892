"""Promise on deletion: data, keys and records outlive insiders's mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.formulas import resource_like
from mlops_contract.names import BREAK_GLASS
from promises.asking import (
    OUTSIDERS,
    any_identity,
    insiders,
    lacks,
    never,
    never_by,
    through_endpoint,
)
from promises.claims import Claim, Fact, Promise
from promises.pipeline_jobs import data_claims

if TYPE_CHECKING:
    from collections.abc import Iterator

    from promises.world import Bucket, World

VERSIONS = ("s3:DeleteObjectVersion", "s3:BypassGovernanceRetention")
KEYS = ("kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DeleteImportedKeyMaterial")
RECORDS = (
    *KEYS,
    *("cloudtrail:DeleteTrail", "cloudtrail:StopLogging", "cloudtrail:UpdateTrail"),
    *("cloudtrail:PutEventSelectors", "cloudtrail:DeleteEventDataStore"),
    *("logs:DeleteLogGroup", "logs:DeleteLogStream", "logs:DeleteRetentionPolicy"),
    *("logs:PutRetentionPolicy", "logs:DisassociateKmsKey", "ec2:DeleteFlowLogs"),
    *("s3:DeleteBucket", "s3:PutLifecycleConfiguration", "s3:PutBucketVersioning"),
    "s3:PutBucketObjectLockConfiguration",
    *("config:DeleteConfigurationRecorder", "config:StopConfigurationRecorder"),
)


def nobody_deletes(world: World) -> Iterator[Claim]:
    """Claim promise 15."""
    trusted = tuple(role.arn for role in world.roles if BREAK_GLASS in role.name)
    for bucket in world.buckets:
        yield Fact(
            bucket.resource.where,
            "the bucket keeps old versions",
            bucket.resource.properties.get("VersioningConfiguration", {}).get("Status")
            == "Enabled",
        )
        yield from _versions(world, bucket, trusted)
    for endpoint in world.s3_endpoints:
        yield never(
            endpoint.resource.where,
            "delete versions of objects through it, whatever a bucket says",
            through_endpoint(endpoint.policy),
            insiders(world, trusted),
            VERSIONS,
        )
    for subject in world.keys:
        yield never(
            subject.resource.where,
            "end the key",
            any_identity(subject.policy, decides=True),
            insiders(world, trusted),
            KEYS,
            resource=subject.arn,
            context={"aws:ResourceAccount": (world.account,)},
        )
    for role in world.roles:
        if role.arn not in trusted:
            yield never_by(role, "delete keys, trails, logs or what keeps versions", RECORDS)
            yield never_by(role, "delete versions of objects", VERSIONS)
    if world.roles or world.buckets:
        yield from data_claims(world)


def _versions(world: World, bucket: Bucket, trusted: tuple[str, ...]) -> Iterator[Claim]:
    """Claim it for insiders: the endpoint's policy decides, and outside of it the bucket's."""
    where, inside = bucket.resource.where, resource_like(bucket.arn, f"{bucket.arn}/*")
    ours = {"aws:ResourceAccount": (world.account,)}
    who = insiders(world, trusted)
    for endpoint, policy in world.ways_to_s3:
        yield never(
            where,
            "delete versions of objects through our endpoint",
            any_identity(*bucket.policies, endpoint=policy),
            who,
            VERSIONS,
            inside,
            context={**ours, "aws:SourceVpce": (endpoint,)},
        )
    yield never(
        where,
        "delete versions of objects other than through our endpoint",
        any_identity(*bucket.policies),
        who,
        VERSIONS,
        inside,
        *([lacks("aws:SourceVpce", *world.s3_endpoint_ids)] if world.s3_endpoint_ids else []),
        context=ours,
    )


PROMISES = (
    Promise(
        15,
        "Nobody but a break-glass role deletes versions of objects or ends keys; no other role "
        "deletes trails or logs",
        "S3 User Guide, deleting object versions; KMS, CloudTrail and CloudWatch Logs references",
        (
            "identities outside these templates are guarded elsewhere, as for logs",
            OUTSIDERS,
            "S3 itself expires versions by the bucket's lifecycle rules",
        ),
        nobody_deletes,
        "neither a role nor a bucket is in the templates",
    ),
)
