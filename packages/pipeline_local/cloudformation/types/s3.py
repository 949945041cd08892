"""``AWS::S3``: buckets, each of whose configurations has calls of its own, and bucket policies."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, below
from pipeline_local.cloudformation.resource_type import NotFoundError, ResourceError
from pipeline_local.cloudformation.service_api import (
    as_boolean,
    as_document,
    as_tags,
    renamed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api

_ENCRYPTION = {
    "ServerSideEncryptionConfiguration": "Rules",
    "ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault",
}
_LIFECYCLE = {
    "ExpirationInDays": "Expiration.Days",
    "ExpiredObjectDeleteMarker": "Expiration.ExpiredObjectDeleteMarker",
    "Id": "ID",
    "Prefix": "Filter.Prefix",
}
_LOGGING = {
    "DestinationBucketName": "LoggingEnabled.TargetBucket",
    "LogFilePrefix": "LoggingEnabled.TargetPrefix",
}


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class _Configuration:
    """A configuration of a bucket: the template's property, and the calls that keep it.

    `member` is the parameter of the call that puts it, and of its answer where it is not the whole.
    """

    property: str
    operation: str
    member: str
    names: Mapping[str, str]
    answered: str | None = None
    to_api: Callable[[Any], Any] = _same
    from_api: Callable[[Any], Any] = _same
    without: Any = None  # put where the API cannot delete

    def put(self, api: Api, bucket: str, value: Any) -> None:
        """Set the configuration, or delete it."""
        if value is None and self.without is None:
            api.unless_gone(f"delete_{self.operation}", Bucket=bucket)
            return
        given = self.without if value is None else self.to_api(renamed(value, self.names))
        api(f"put_{self.operation}", Bucket=bucket, **{self.member: given})

    def read(self, api: Api, bucket: str) -> Any:
        """Return the configuration in the template's form; nothing if there is none."""
        answer = api.unless_gone(f"get_{self.operation}", Bucket=bucket)
        answer.pop("ResponseMetadata", None)
        content = answer.get(self.answered) if self.answered else answer
        if not content:
            return None
        back = {api_name: name for name, api_name in self.names.items()}
        return renamed(self.from_api(content), back)


def _whole(property_: str, operation: str, **others: Any) -> _Configuration:
    return _Configuration(property_, operation, property_, {}, **others)


def _rules_to_api(value: Any) -> Any:
    return {"Rules": [{"Filter": {"Prefix": ""}, **rule} for rule in value["Rules"]]}


def _rules_from_api(value: Any) -> Any:
    rules = [dict(rule) for rule in value["Rules"]]
    for rule in rules:
        if rule.get("Filter") in ({}, {"Prefix": ""}):
            del rule["Filter"]
    return {"Rules": rules}


def _notifications_to_api(value: Any) -> Any:
    sends = as_boolean((value.get("EventBridgeConfiguration") or {}).get("EventBridgeEnabled", ""))
    return {"EventBridgeConfiguration": {}} if sends else {}


def _notifications_from_api(value: Any) -> Any:
    sends = "EventBridgeConfiguration" in value
    return {"EventBridgeConfiguration": {"EventBridgeEnabled": sends}}


_CONFIGURATIONS = (
    _whole("OwnershipControls", "bucket_ownership_controls", answered="OwnershipControls"),
    _Configuration(
        "BucketEncryption",
        "bucket_encryption",
        "ServerSideEncryptionConfiguration",
        _ENCRYPTION,
        answered="ServerSideEncryptionConfiguration",
    ),
    _Configuration(
        "LifecycleConfiguration",
        "bucket_lifecycle_configuration",
        "LifecycleConfiguration",
        _LIFECYCLE,
        to_api=_rules_to_api,
        from_api=_rules_from_api,
    ),
    _Configuration(
        "LoggingConfiguration", "bucket_logging", "BucketLoggingStatus", _LOGGING, without={}
    ),
    _whole(
        "NotificationConfiguration",
        "bucket_notification_configuration",
        to_api=_notifications_to_api,
        from_api=_notifications_from_api,
        without={},
    ),
    _whole(
        "PublicAccessBlockConfiguration",
        "public_access_block",
        answered="PublicAccessBlockConfiguration",
    ),
    _whole("VersioningConfiguration", "bucket_versioning", without={"Status": "Suspended"}),
    _Configuration(
        "Tags",
        "bucket_tagging",
        "Tagging",
        {},
        answered="TagSet",
        to_api=lambda tags: {"TagSet": tags},
        from_api=as_tags,
    ),
)


class Bucket(ApiType):
    """A bucket and its configurations."""

    name = "AWS::S3::Bucket"
    service = "s3"
    made_with = ("AccessControl",)
    properties = frozenset(
        {
            "AccessControl",
            "BucketName",
            "LifecycleConfiguration.Rules.AbortIncompleteMultipartUpload.DaysAfterInitiation",
            "LifecycleConfiguration.Rules.NoncurrentVersionExpiration.NoncurrentDays",
            "NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled",
            "OwnershipControls.Rules.ObjectOwnership",
            "VersioningConfiguration.Status",
        }
        | below(
            "BucketEncryption.ServerSideEncryptionConfiguration",
            "BucketKeyEnabled",
            "ServerSideEncryptionByDefault.KMSMasterKeyID",
            "ServerSideEncryptionByDefault.SSEAlgorithm",
        )
        | below("LifecycleConfiguration.Rules", "ExpirationInDays", "Id", "Prefix", "Status")
        | below("LifecycleConfiguration.Rules", "ExpiredObjectDeleteMarker")
        | below("LoggingConfiguration", "DestinationBucketName", "LogFilePrefix")
        | below("PublicAccessBlockConfiguration", "BlockPublicAcls", "BlockPublicPolicy")
        | below("PublicAccessBlockConfiguration", "IgnorePublicAcls", "RestrictPublicBuckets")
        | TAGS
    )

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the bucket in the stack's region."""
        name = str(properties.get("BucketName") or context.generated_name.lower())
        with suppress(NotFoundError):
            api("head_bucket", Bucket=name)  # S3's creation says nothing if it is the owner's
            raise ResourceError(f"{name} already exists")
        # The API has no location constraint of its first region.
        place = None if context.region == "us-east-1" else {"LocationConstraint": context.region}
        acl = _acl(properties.get("AccessControl"))
        api("create_bucket", Bucket=name, CreateBucketConfiguration=place, ACL=acl)
        return name

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Put the configurations that differ."""
        for each in _CONFIGURATIONS:
            if change.of(each.property):
                each.put(api, physical_id, change.after.get(each.property))
        if change.of("AccessControl"):
            acl = _acl(change.after.get("AccessControl")) or "private"
            api("put_bucket_acl", Bucket=physical_id, ACL=acl)

    def attributes(self, api: Api, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return ARN and names of the bucket in the DNS."""
        del api
        suffix = "amazonaws.com.cn" if context.partition == "aws-cn" else "amazonaws.com"
        domain = f"{physical_id}.s3.{context.region}.{suffix}"
        return {
            "Arn": f"arn:{context.partition}:s3:::{physical_id}",
            "DomainName": f"{physical_id}.s3.{suffix}",
            "DualStackDomainName": f"{physical_id}.s3.dualstack.{context.region}.{suffix}",
            "RegionalDomainName": domain,
            "WebsiteURL": f"http://{physical_id}.s3-website.{context.region}.{suffix}",
        }

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read all configurations."""
        api("head_bucket", Bucket=physical_id)
        read = {each.property: each.read(api, physical_id) for each in _CONFIGURATIONS}
        grants = api("get_bucket_acl", Bucket=physical_id)["Grants"]
        return {
            "BucketName": physical_id,
            "AccessControl": "Private" if len(grants) == 1 else None,
            **{name: value for name, value in read.items() if value is not None},
        }

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the bucket; S3 refuses one that holds objects."""
        del properties
        api.unless_gone("delete_bucket", Bucket=physical_id)


class BucketPolicy(ApiType):
    """The policy of a bucket."""

    name = "AWS::S3::BucketPolicy"
    service = "s3"
    made_with = ("Bucket", "PolicyDocument")
    properties = frozenset(made_with)

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Put the policy; a bucket has one."""
        del context
        bucket = str(properties["Bucket"])
        if api.unless_gone("get_bucket_policy", Bucket=bucket):
            raise ResourceError(f"The bucket policy already exists on bucket {bucket}.")
        api("put_bucket_policy", Bucket=bucket, Policy=properties["PolicyDocument"])
        return bucket

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Put a new document."""
        if change.of("PolicyDocument"):
            document = change.after["PolicyDocument"]
            api("put_bucket_policy", Bucket=physical_id, Policy=document)

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Read the policy."""
        text = api("get_bucket_policy", Bucket=physical_id)["Policy"]
        return {"Bucket": physical_id, "PolicyDocument": as_document(text)}

    def remove(self, api: Api, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Delete the policy."""
        del properties
        api.unless_gone("delete_bucket_policy", Bucket=physical_id)


def _acl(control: str | None) -> str | None:
    """Return the API's canned ACL (``aws-exec-read``) of a template's (``AwsExecRead``)."""
    if control is None:
        return None
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in control)[1:]


TYPES: tuple[ResourceType, ...] = (Bucket(), BucketPolicy())
