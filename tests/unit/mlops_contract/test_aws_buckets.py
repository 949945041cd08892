"""Buckets of AWS whose names no rule gives."""

from __future__ import annotations

import pytest

from mlops_contract.aws_buckets import package_bucket


@pytest.mark.parametrize(
    ("region", "bucket"),
    [
        ("eu-central-1", "assets-769407342218-eu-central-1"),
        ("us-east-1", "assets-193858265520-us-east-1"),
        ("sa-east-1", None),  # no CodeArtifact there
    ],
)
def test_each_region_has_its_own_account_of_packages(region: str, bucket: str | None) -> None:
    assert package_bucket(region) == bucket
