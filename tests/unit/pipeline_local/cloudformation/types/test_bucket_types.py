"""Buckets and their policies as templates write them, and what S3 refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.unit.pipeline_local.cloudformation.types.resource_stack import TAGS

if TYPE_CHECKING:
    from tests.unit.pipeline_local.cloudformation.types.resource_stack import Stack

BUCKET, POLICY = "S3::Bucket", "S3::BucketPolicy"
BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def encrypted(key: str) -> dict[str, Any]:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rule = {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": default}
    return {"ServerSideEncryptionConfiguration": [rule]}


def policy(resource: str, sid: str = "A") -> dict[str, Any]:
    statement = {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:*",
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_a_bucket_with_all_its_configurations(stack: Stack) -> None:
    owned = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
    logs = stack.create(BUCKET, {"BucketName": f"{stack.name}-logs", **owned}).physical_id
    rules = [
        {
            "Id": "old-versions",
            "Status": "Enabled",
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
        {"Id": "runs", "Status": "Enabled", "ExpirationInDays": 90, "Prefix": "runs/"},
    ]
    before = {
        "BucketName": stack.name,
        "AccessControl": "Private",
        "BucketEncryption": encrypted("arn:aws:kms:eu-central-1:111111111111:key/a"),
        "LifecycleConfiguration": {"Rules": rules},
        "LoggingConfiguration": {"DestinationBucketName": logs, "LogFilePrefix": "access/"},
        "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
        "PublicAccessBlockConfiguration": dict.fromkeys(BLOCKS, True),
        "VersioningConfiguration": {"Status": "Enabled"},
        "Tags": TAGS,
        **owned,
    }
    after = {
        "BucketName": stack.name,
        "BucketEncryption": encrypted("arn:aws:kms:eu-central-1:111111111111:key/b"),
        "LifecycleConfiguration": {"Rules": rules[:1]},
        "VersioningConfiguration": {"Status": "Suspended"},
        "Tags": TAGS[:1],
    }
    bucket = stack.create(BUCKET, before)
    assert bucket.attributes["Arn"] == f"arn:aws:s3:::{stack.name}"
    domain = f"{stack.name}.s3.eu-central-1.amazonaws.com"
    assert bucket.attributes["RegionalDomainName"] == domain
    stack.update(BUCKET, stack.name, before, after)
    gone = {"LoggingConfiguration", "OwnershipControls", "PublicAccessBlockConfiguration"}
    assert not gone & stack.read(BUCKET, stack.name).keys()
    stack.delete(BUCKET, stack.name, after)
    stack.delete(BUCKET, logs, {})  # no access was logged


def test_a_bucket_that_holds_objects_or_exists(stack: Stack) -> None:
    properties = {"BucketName": stack.name}
    stack.create(BUCKET, properties)
    assert f"{stack.name} already exists" in stack.refused(BUCKET, properties)
    s3 = stack.aws.client("s3")
    s3.put_object(Bucket=stack.name, Key="a", Body=b"")
    words = "The bucket you tried to delete is not empty (Service: S3, Status Code: 409"
    assert words in stack.stays(BUCKET, stack.name, properties)
    s3.delete_object(Bucket=stack.name, Key="a")
    stack.delete(BUCKET, stack.name, properties)


def test_a_bucket_whose_configuration_is_refused_is_not_left(stack: Stack) -> None:
    logging = {"DestinationBucketName": "nowhere", "LogFilePrefix": ""}
    properties = {"BucketName": stack.name, "LoggingConfiguration": logging}
    assert "target bucket for logging does not exist" in stack.refused(BUCKET, properties)
    stack.create(BUCKET, {"BucketName": stack.name})


def test_a_bucket_has_one_policy_of_20_kilobytes(stack: Stack) -> None:
    stack.create(BUCKET, {"BucketName": stack.name})
    arn = f"arn:aws:s3:::{stack.name}"
    before = {"Bucket": stack.name, "PolicyDocument": policy(arn)}
    large = {"Bucket": stack.name, "PolicyDocument": policy(arn, "A" * 20_480)}
    words = "Normalized policy document exceeds the maximum allowed size of 20480 bytes"
    assert words in stack.refused(POLICY, large)
    malformed = stack.refused(POLICY, {"Bucket": stack.name, "PolicyDocument": "no JSON"})
    assert "Policies must be valid JSON" in malformed
    stack.create(POLICY, before)
    assert "already exists" in stack.refused(POLICY, before)
    after = {"Bucket": stack.name, "PolicyDocument": policy(arn, "B")}
    stack.update(POLICY, stack.name, before, after)
    stack.delete(POLICY, stack.name, after)
