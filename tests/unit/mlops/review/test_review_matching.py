"""Files that changed are the same files, wherever their hashes put them in a list."""

from __future__ import annotations

from typing import Any

from cloud_assembly import Stack
from mlops.review.matching import follow_content


def _stack(digest: str, *others: str) -> Stack:
    arns = sorted(f"arn:aws:s3:::assets/{each}.zip" for each in (digest, *others))
    resources: dict[str, Any] = {
        "Code": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Key": digest}}},
        "Policy": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": {"Statement": [{"Resource": arns}]}},
        },
    }
    return Stack("dev-pipelines", "111111111111", "eu-central-1", {"Resources": resources})


def test_a_policy_that_names_changed_files_in_another_order_is_the_same() -> None:
    before = _stack("0" * 64, "5" * 64)
    (followed,), digests = follow_content([before], [_stack("9" * 64, "5" * 64)])
    assert digests == {"9" * 64: "0" * 64}
    assert followed.template == before.template


def test_a_policy_that_names_another_file_is_not_the_same() -> None:
    before = _stack("0" * 64, "5" * 64)
    (followed,), _ = follow_content([before], [_stack("9" * 64, "6" * 64)])
    assert followed.resources["Policy"] != before.resources["Policy"]
