"""Whose a receiver, bucket, account or image is, as far as templates say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from promises.world.model import Resource

_ARN = re.compile(r"arn:[\w-]+:([\w-]+):[\w-]*:([^:/]*):")
# In place of an account stands what is called: no ARN of a resource.
_NO_RESOURCES: Final = frozenset(("apigateway", "automate", "swf"))
# What an account has of these sends on, to any address.
_SENDS_ON = re.compile(r"arn:[\w-]+:(?:events:[^:]*:\d*:api-destination/|firehose:)")
_QUEUE_URL = re.compile(r"https://sqs\.[\w.-]+\.amazonaws\.com(?:\.cn)?/(\d{12})/")
_S3_URL = re.compile(r"https://(?:([\w.-]+?)\.)?s3(?:[.-][\w-]+)*\.amazonaws\.com(?:\.cn)?/([^/]*)")
_ASSETS = re.compile(r"cdk-[a-z0-9]+-assets-(\d{12})-[\w-]+")
_SERVICE_LINKED: Final = ":role/aws-service-role/"


class Owners:
    """Ownership in one world: True of this account, False of another, None where unknown."""

    def __init__(self, account: str, resources: Iterable[Resource]) -> None:
        self._account = account
        named = list(resources)
        self._made_here = {value for each in named for value in (each.ref, each.arn)}
        self._buckets = {each.ref for each in named if each.kind == "AWS::S3::Bucket"} | {
            # Only its owner's account puts a policy on a bucket.
            str(each.properties.get("Bucket"))
            for each in named
            if each.kind == "AWS::S3::BucketPolicy"
        }

    def is_made_here(self, value: str) -> bool:
        """Check whether it is a resource of these templates, as `Ref` or its ARN name it."""
        return value in self._made_here

    def receives(self, value: str) -> bool | None:
        """Judge a receiver: an ARN, a URL, or a name of something in the account."""
        if queue := _QUEUE_URL.match(value):
            return queue[1] == self._account
        if value.startswith(("s3://", "arn:aws:s3:::")) or _S3_URL.match(value):
            return self.bucket(value)
        if "://" in value:
            return False
        accounts = {owner for service, owner in _ARN.findall(value) if service not in _NO_RESOURCES}
        return None if _SENDS_ON.match(value) else accounts <= {self._account, ""}

    def bucket(self, value: str) -> bool | None:
        """Judge a bucket by its name, ARN or URL."""
        name = _bucket_in(value)
        if name in self._buckets:
            return True
        if assets := _ASSETS.fullmatch(name):
            return assets[1] == self._account
        found = _ARN.match(value)
        return found[2] == self._account if found and found[2] else None

    def names(self, value: str) -> bool:
        """Judge an account's id, or the ARN of an identity."""
        found = _ARN.match(value)
        if found is None:
            return value == self._account
        return found[1] != "organizations" and found[2] == self._account

    def image(self, value: str) -> bool:
        """Judge the image of a container."""
        return value.startswith((f"{self._account}.dkr.ecr.", "aws/codebuild/"))

    def is_service_linked(self, role: str) -> bool:
        """Check whether a role is one that only a service of AWS assumes, with AWS's rights."""
        return role.startswith("arn:") and f":{self._account}{_SERVICE_LINKED}" in role


def _bucket_in(value: str) -> str:
    if url := _S3_URL.match(value):
        return url[1] or url[2]
    for start in ("s3://", "arn:aws:s3:::", "arn:aws-cn:s3:::", "arn:aws-us-gov:s3:::"):
        value = value.removeprefix(start)
    return value.partition("/")[0]
