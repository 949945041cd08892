"""One local AWS for all tests of a worker; each test uses names of its own."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from pipeline_local.aws import Aws
from pipeline_local.local_aws import keeper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGION, ACCOUNT = "eu-central-1", "111111111111"


@pytest.fixture(scope="session")
def server_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state folder of a running local AWS."""
    folder = tmp_path_factory.mktemp("local-aws")
    keeper.ensure_server(folder)
    yield folder
    keeper.stop_server(folder)


@pytest.fixture(scope="session")
def aws(server_state: Path) -> Aws:
    """Clients of the local AWS."""
    return Aws(REGION, ACCOUNT, keeper.ensure_server(server_state))


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def bucket(aws: Aws, name: str) -> str:
    """A bucket of this test's own."""
    aws.client("s3").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    return name


@pytest.fixture
def group(aws: Aws, name: str) -> str:
    """A model package group of this test's own."""
    aws.client("sagemaker").create_model_package_group(ModelPackageGroupName=name)
    return name
