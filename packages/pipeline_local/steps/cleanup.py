"""Cleanup steps: outputs of earlier steps are deleted from S3.

Source: sagemaker-python-sdk, `CleanupStep`: a Training step's outputs are found, those of
Processing and Transform steps are named, each below an output location of its step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_local.jobs.storage import join_uri, split_uri
from pipeline_local.jobs.work import StepFailed
from pipeline_schema.expressions import Reference
from pipeline_schema.values import as_list
from pipeline_schema.walking import member_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Step
    from pipeline_schema.values import JsonObject

_SOURCES = ("Resources", "S3")
_FIELDS = {"StepName", "S3Uris"}
# `S3CleanupSource` of the SDK: "exact s3://bucket/key object URIs".
_FOLDER = "{!r} names a folder; name each object, as the service deletes exactly those"


def problems(step: Step) -> Iterator[str]:
    """Validate a Cleanup step."""
    where = f"Arguments.{'.'.join(_SOURCES)}"
    sources = as_list(member_at(step.arguments, _SOURCES))
    if not sources or step.arguments.keys() != {"Resources"}:
        yield f"{where}: must be a list of outputs to delete, and the only argument"
    for index, source in enumerate(sources):
        place = f"{where}[{index}]"
        if not isinstance(source, dict) or not {"StepName"} <= source.keys() <= _FIELDS:
            yield f"{place}: needs StepName, and may have S3Uris"
        elif source["StepName"] not in step.depends_on:
            yield f"{place}.StepName: {source['StepName']!r} is not among the steps of DependsOn"
        elif "S3Uris" in source and not (source["S3Uris"] and isinstance(source["S3Uris"], list)):
            yield f"{place}.S3Uris: is no list of objects; name some, or leave it out"
        else:
            for number, uri in enumerate(source.get("S3Uris") or ()):
                if str(uri).endswith("/"):
                    yield f"{place}.S3Uris[{number}]: {_FOLDER.format(uri)}"


def run(work: Work) -> JsonObject:
    """Delete the outputs; a step without a result is skipped."""
    cleaned, skipped = [], []
    for source in work.arguments["Resources"]["S3"]:
        name = source["StepName"]
        try:
            properties = work.value_of(Reference("property", step=name))
        except MlopsError:
            skipped.append(name)
            continue
        for bucket, key in _objects(work, name, properties, source.get("S3Uris")):
            work.run.store.client.delete_object(Bucket=bucket, Key=key)
        cleaned.append(name)
    return {"CleanedSteps": cleaned, "FailedSteps": [], "SkippedSteps": skipped}


def _objects(
    work: Work, name: str, properties: JsonObject, uris: list[Any] | None
) -> Iterator[tuple[str, str]]:
    places = [f"{place.rstrip('/')}/" for place in _locations(properties)]
    if uris is None:
        if "TrainingJobName" not in properties:
            raise StepFailed(f"ClientError: the outputs of {name} are not known; name S3Uris")
        for place in places:
            bucket, prefix = split_uri(place)
            yield from ((bucket, key) for key in work.run.store.list_objects(bucket, prefix))
    for uri in uris or ():
        if str(uri).endswith("/"):
            raise StepFailed(f"ClientError: S3Uris: {_FOLDER.format(uri)}")
        if not str(uri).startswith(tuple(places)):
            raise StepFailed(f"ClientError: {uri} is not below an output location of {name}")
        yield split_uri(str(uri))


def _locations(properties: JsonObject) -> Iterator[str]:
    """Yield where a step's outputs lie."""
    if "TrainingJobName" in properties:
        yield join_uri(
            properties["OutputDataConfig"]["S3OutputPath"], properties["TrainingJobName"]
        )
    if place := member_at(properties, ("TransformOutput", "S3OutputPath")):
        yield str(place)
    for output in as_list(member_at(properties, ("ProcessingOutputConfig", "Outputs"))):
        if place := member_at(output, ("S3Output", "S3Uri")):
            yield str(place)
