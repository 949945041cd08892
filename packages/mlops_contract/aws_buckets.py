"""Names of buckets of AWS's own that differ by more than the region's name."""

from __future__ import annotations

# AWS's account that keeps the files of packages, by region. Source: CodeArtifact User Guide,
# "Create the Amazon S3 gateway endpoint", table of buckets.
_PACKAGES = {
    "ap-northeast-1": "660291247815",
    "ap-south-1": "681137435769",
    "ap-southeast-1": "421485864821",
    "ap-southeast-2": "860415559748",
    "eu-central-1": "769407342218",
    "eu-north-1": "611884512288",
    "eu-south-1": "484130244270",
    "eu-west-1": "438097961670",
    "eu-west-2": "247805302724",
    "eu-west-3": "762466490029",
    "us-east-1": "193858265520",
    "us-east-2": "250872398865",
    "us-west-2": "787052242323",
}


def package_bucket(region: str) -> str | None:
    """Name the bucket that CodeArtifact serves packages from."""
    account = _PACKAGES.get(region)
    return f"assets-{account}-{region}" if account else None
