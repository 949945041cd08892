"""Names: the contract that templates, scripts and auditors share, and AWS's limits on them."""

from __future__ import annotations

import re

import pytest

from environments import (
    EnvironmentSettings,
    ResourceNames,
    available_environments,
    load_environment,
)
from environments.settings import LONGEST_NAME, known_regions


def test_the_names_of_dev() -> None:
    names = ResourceNames(load_environment("dev"))
    assert names.prefix == "secure-mlops-dev"
    assert names.data_bucket == "secure-mlops-dev-data-111111111111-eu-central-1"
    assert names.model_package_group("abalone-age") == "secure-mlops-dev-abalone-age"
    assert names.pipeline("training") == "secure-mlops-dev-training"
    assert names.role("training-job") == "secure-mlops-dev-training-job"
    assert names.parameter("buckets/data") == "/secure-mlops/dev/buckets/data"


@pytest.mark.parametrize(
    "region", sorted(region for region in known_regions() if "iso" not in region)
)
def test_bucket_names_are_valid_for_the_longest_environment(region: str) -> None:
    dev = load_environment("dev")
    longest: EnvironmentSettings = dev.model_copy(
        update={"name": "a" * LONGEST_NAME, "region": region}
    )
    names = ResourceNames(longest)
    for bucket in (
        names.data_bucket,
        names.models_bucket,
        names.artifacts_bucket,
        names.logs_bucket,
    ):
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", bucket)


def test_environments_share_no_name() -> None:
    buckets = {
        ResourceNames(load_environment(name)).data_bucket for name in available_environments()
    }
    assert len(buckets) == len(available_environments())
