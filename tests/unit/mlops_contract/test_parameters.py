"""Every parameter that tools and other templates look up is published by the stacks."""

from __future__ import annotations

from mlops_contract import cdk_bootstrap, names, parameters


def test_names_are_below_the_environments_prefix() -> None:
    assert names.prefix("dev") == "secure-mlops-dev"
    assert parameters.parameter("dev", parameters.VPC) == "/secure-mlops/dev/network/vpc"
    assert parameters.key("data") == "key/data"


def test_a_publisher_leads_to_its_bucket() -> None:
    arn = "arn:aws:iam::222222222222:role/cdk-own-file-publishing-role-222222222222-eu-central-1"
    bucket = "arn:aws:s3:::cdk-own-assets-222222222222-eu-central-1"
    assert cdk_bootstrap.assets_bucket_of(arn) == bucket
