"""Patches of moto's S3: the size of a bucket policy, access logs, and sending to EventBridge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mlops_contract.limits import BUCKET_POLICY
from pipeline_local.local_aws.moto_patches import around, put

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Apply all patches below."""
    bucket_policies_have_a_size()
    logs_go_to_buckets_without_lists()
    access_is_not_logged()
    sending_to_event_bridge_is_told()


def bucket_policies_have_a_size() -> None:
    """Refuse a bucket policy that is no JSON, or too long without white space; moto takes any."""
    from moto.s3.exceptions import S3ClientError
    from moto.s3.models import S3Backend

    def keep(known: Callable[..., Any], self: Any, bucket_name: str, policy: bytes) -> None:
        try:
            compact = json.dumps(json.loads(policy), separators=(",", ":"), ensure_ascii=False)
        except ValueError:
            words = "Policies must be valid JSON and the first byte must be '{'"
            raise S3ClientError("MalformedPolicy", words) from None
        if len(compact.encode()) > BUCKET_POLICY:
            words = (
                "Normalized policy document exceeds the maximum allowed size of "
                f"{BUCKET_POLICY} bytes"
            )
            raise S3ClientError("MalformedPolicy", words)
        known(self, bucket_name, policy)

    around(S3Backend, "put_bucket_policy", keep)


def logs_go_to_buckets_without_lists() -> None:
    """Let a bucket without access control lists take logs before its policy allows it.

    moto refuses, and templates whose policies name the logged bucket could never be deployed. S3
    checks nothing there: logs do not arrive until the policy allows them.
    """
    from moto.s3.models import FakeBucket

    known = FakeBucket._log_permissions_enabled_policy  # noqa: SLF001 (the patched)

    def enabled(target_bucket: Any, target_prefix: str | None) -> bool:
        without_lists = target_bucket.ownership_rule == "BucketOwnerEnforced"
        return without_lists or known(target_bucket, target_prefix)

    put(FakeBucket, "_log_permissions_enabled_policy", staticmethod(enabled))


def access_is_not_logged() -> None:
    """Write no access logs, which S3 does not promise either.

    moto writes an object for each request, of a name by chance, also for those that only read and
    so are not in the journal.
    """
    from moto.s3.models import S3Backend

    put(S3Backend, "log_incoming_request", lambda *_: None)


def sending_to_event_bridge_is_told() -> None:
    """Answer that a bucket sends to EventBridge; moto keeps it, and leaves it out."""
    from moto.core.responses import ActionResult
    from moto.s3.responses import S3Response

    def answer(known: Callable[..., Any], self: Any) -> Any:
        kept = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if kept is not None and kept.event_bridge is not None:

            def serialized(result: Any) -> Any:
                whole = {**result.result, "EventBridgeConfiguration": {}}
                return type(self).serialized(self, ActionResult(whole))

            self.serialized = serialized
        return known(self)

    around(S3Response, "get_bucket_notification", answer)
