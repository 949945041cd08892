"""A bucket whose versions S3 itself refuses to delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import aws_cdk as cdk

KEY = "arn:aws:kms:eu-central-1:111111111111:key/00000000-0000-0000-0000-000000000000"


def _bucket(stack: cdk.Stack, lock_days: int | None) -> dict[str, Any]:
    from aws_cdk import assertions

    from secure_mlops_constructs.encrypted_bucket import EncryptedBucket

    EncryptedBucket(
        stack,
        "Bucket",
        bucket_name="data",
        key_arn=KEY,
        endpoint_id="vpce-1",
        old_versions_days=1,
        lock_days=lock_days,
        keep=True,
    )
    (bucket,) = assertions.Template.from_stack(stack).find_resources("AWS::S3::Bucket").values()
    result: dict[str, Any] = bucket["Properties"]
    return result


def test_a_lock_holds_every_new_version(stack: cdk.Stack) -> None:
    bucket = _bucket(stack, 30)
    assert bucket["ObjectLockEnabled"] is True
    retention = bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert retention == {"Mode": "GOVERNANCE", "Days": 30}


def test_a_bucket_has_no_lock_unless_asked(stack: cdk.Stack) -> None:
    assert "ObjectLockConfiguration" not in _bucket(stack, None)


@pytest.mark.parametrize("action", ["s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"])
def test_without_a_deleter_nobody_ends_versions(stack: cdk.Stack, action: str) -> None:
    from aws_cdk import assertions

    from tests.template.policies import is_denied, resolved

    _bucket(stack, None)
    template = assertions.Template.from_stack(stack)
    (policy,) = template.find_resources("AWS::S3::BucketPolicy").values()
    statements = [
        entry
        for entry in policy["Properties"]["PolicyDocument"]["Statement"]
        if entry.get("Sid") == "NobodyEndsVersions"
    ]
    places = resolved(statements[0]["Resource"])
    inside = {"aws:SourceVpce": "vpce-1", "aws:PrincipalArn": "arn:anybody"}
    assert all(is_denied({"Statement": statements}, action, place, inside) for place in places)
