"""Promise on deletion: data, keys and records outlive insiders' mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_contract.metadata import ASSUMPTIONS
from mlops_contract.names import BREAK_GLASS
from promises.asking import (
    OUTSIDERS,
    Subject,
    any_identity,
    inside,
    insiders,
    lacks,
    never_by,
    owned,
    through_endpoint,
)
from promises.claims import Claim, Fact, Promise
from promises.keys import deploys, users_of
from promises.pipeline_jobs import data_claims
from promises.world.open_properties import note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from promises.world import Bucket, Key, Resource, World

VERSIONS = ("s3:DeleteObjectVersion", "s3:BypassGovernanceRetention")
KEYS = ("kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DeleteImportedKeyMaterial")
# What CloudFormation may do with a key when its stack ends; the first one also with a replaced one.
_KEPT = ("Retain", "RetainExceptOnCreate")
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
        subject = Subject(endpoint.resource.where, through_endpoint(endpoint.policy))
        what = "delete versions of objects through it, whatever a bucket says"
        yield subject.never(what, insiders(world, trusted), VERSIONS)
    for each in world.keys:
        policies = any_identity(each.policy, decides=True)
        subject = Subject(each.resource.where, policies, owned(world), each.arn)
        deployers = _ending_with_stack(world, each)
        yield subject.never("end the key", insiders(world, (*trusted, *deployers)), KEYS)
        if not deployers:
            yield _outlives(each.resource)
    for role in world.roles:
        if role.arn not in trusted:
            yield never_by(role, "delete keys, trails, logs or what keeps versions", RECORDS)
            yield never_by(role, "delete versions of objects", VERSIONS)
    if world.roles or world.buckets:
        yield from data_claims(world)


def _outlives(resource: Resource) -> Fact:
    # Of a bucket S3 itself sees to it: one with objects in it is not deleted.
    note(resource.removal)
    ending, replaced = resource.removal
    kept = ending in _KEPT and replaced == _KEPT[0]
    return Fact(
        resource.where, "it outlives its stack (DeletionPolicy, UpdateReplacePolicy: Retain)", kept
    )


def _ending_with_stack(world: World, each: Key) -> tuple[str, ...]:
    """Return who deploys a key of which the deployment said that it may go with its stack."""
    agreed = any(row.promise == "15" for row in each.resource.record(ASSUMPTIONS))
    return tuple(sorted(arn for arn in users_of(each.policy) if agreed and deploys(arn, world)))


def _versions(world: World, bucket: Bucket, trusted: tuple[str, ...]) -> Iterator[Claim]:
    """Claim it for insiders: the endpoint's policy decides, and outside of it the bucket's."""
    where, who = bucket.resource.where, insiders(world, trusted)
    for endpoint, policy in world.ways_to_s3:
        policies = any_identity(*bucket.policies, endpoint=policy)
        subject = Subject(where, policies, {**owned(world), "aws:SourceVpce": (endpoint,)})
        what = "delete versions of objects through our endpoint"
        yield subject.never(what, who, VERSIONS, inside(bucket))
    ids = world.s3_endpoint_ids
    around = [lacks("aws:SourceVpce", *ids)] if ids else []
    subject = Subject(where, any_identity(*bucket.policies), owned(world))
    what = "delete versions of objects other than through our endpoint"
    yield subject.never(what, who, VERSIONS, inside(bucket), *around)


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
        enforced_by="bucket, endpoint and key policies, roles",
    ),
)
