"""The champion that a run is measured against is part of what caching compares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pipeline_local.runs.champion import champion_version
from pipeline_schema.definition import parse_definition

if TYPE_CHECKING:
    from pipeline_local.jobs.storage import ObjectStore


class Champions:
    """Lists what lies in S3."""

    def __init__(self, **objects: str) -> None:
        self.objects = objects

    def list_objects(self, bucket: str, prefix: str) -> dict[str, str]:
        assert (bucket, prefix) == ("models", "champion/g/")
        return self.objects


def version_of(objects: Champions, *, declared: bool = True) -> str | None:
    inputs = [
        {"InputName": "champion", "S3Input": {"S3Uri": {"Get": "Parameters.Place"}}},
        {"InputName": "test", "S3Input": {"S3Uri": {"Get": "Steps.P.Arn"}}},
    ]
    document: dict[str, Any] = {
        "Version": "2020-12-01",
        "Parameters": [
            {"Name": "Place", "Type": "String"},
            *([{"Name": "ChampionVersion", "Type": "String"}] if declared else []),
        ],
        "Steps": [
            {"Name": "E", "Type": "Processing", "Arguments": {"ProcessingInputs": inputs}},
            {"Name": "T", "Type": "Training", "Arguments": {}},
        ],
    }
    definition = parse_definition("p", document)
    store = cast("ObjectStore", objects)
    return champion_version(definition, {"Place": "s3://models/champion/g/"}, store)


def test_it_changes_with_what_lies_there() -> None:
    none, first = version_of(Champions()), version_of(Champions(model="1"))
    assert first == version_of(Champions(model="1"))
    assert len({none, first, version_of(Champions(model="2"))}) == 3


def test_other_pipelines_get_no_version() -> None:
    assert version_of(Champions(), declared=False) is None
