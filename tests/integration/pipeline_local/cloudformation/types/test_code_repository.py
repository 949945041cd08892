from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline_local.cloudformation.resource_type import ResourceError
from pipeline_local.cloudformation.types.codecommit import TYPES

if TYPE_CHECKING:
    from tests.integration.pipeline_local.cloudformation.types.conftest import Place

(REPOSITORY,) = TYPES
PROPERTIES = {
    "KmsKeyId": "arn:aws:kms:eu-central-1:111111111111:key/0",
    "RepositoryDescription": "Pipelines and job code",
    "RepositoryName": "small",
    "Tags": [{"Key": "environment", "Value": "dev"}, {"Key": "owner", "Value": "platform"}],
}


def test_a_repository(place: Place) -> None:
    changes = {
        "KmsKeyId": "arn:aws:kms:eu-central-1:111111111111:key/1",
        "RepositoryDescription": None,
        "Tags": [{"Key": "owner", "Value": "other"}],
    }
    made = place.live(REPOSITORY, PROPERTIES, changes)
    assert made.attributes["Name"] == "small"
    assert made.attributes["CloneUrlHttp"].endswith("/v1/repos/small")
    assert made.physical_id != "small"


def test_a_repository_is_renamed_and_no_name_is_there_twice(place: Place) -> None:
    context = place.context()
    made = REPOSITORY.create(context, PROPERTIES)
    with pytest.raises(ResourceError, match="Repository named small already exists"):
        REPOSITORY.create(context, PROPERTIES)
    after = {**PROPERTIES, "RepositoryName": "renamed"}
    changed = REPOSITORY.update(context, made.physical_id, PROPERTIES, after)
    assert changed.physical_id == made.physical_id
    assert changed.attributes["Arn"].endswith(":renamed")
    REPOSITORY.delete(context, made.physical_id, after)
