"""Cleanup steps: outputs of earlier steps are deleted from S3.

Source: sagemaker-python-sdk, `CleanupStep`: a Training step's outputs are found, those of
Processing and Transform steps are named, each below an output location of its step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_local.jobs.storage import join_uri, split_uri
from pipeline_local.jobs.work import StepFailed
from pipeline_schema.expressions import Reference, is_expression
from pipeline_schema.parameters import known_text
from pipeline_schema.step_type import FOUND
from pipeline_schema.step_types import STEP_TYPES, step_type
from pipeline_schema.values import as_list, with_article
from pipeline_schema.walking import member_at, values_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Definition, Step
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
                if not isinstance(uri, str) and not is_expression(uri):
                    yield f"{place}.S3Uris[{number}]: is {with_article(uri)}, not a String"
                elif str(uri).endswith("/"):
                    yield f"{place}.S3Uris[{number}]: {_FOLDER.format(uri)}"


def problems_among(definition: Definition, step: Step) -> Iterator[str]:
    """Validate what is deleted by the requests of the steps whose outputs it is."""
    for index, source in enumerate(as_list(member_at(step.arguments, _SOURCES))):
        place = f"Arguments.{'.'.join(_SOURCES)}[{index}]"
        made = definition.steps.get(str(source["StepName"]))
        if made is None:
            continue  # reported with DependsOn
        how = step_type(made.type).cleaned
        if not how:
            known = ", ".join(name for name, row in STEP_TYPES.items() if row.cleaned)
            yield f"{place}.StepName: {made.name} is of type {made.type}, and none of {known}"
        elif "S3Uris" not in source and how != FOUND:
            yield f"{place}.S3Uris: is missing; the outputs of {made.name} are not found, but named"
        elif any(where[-1:] == ("VpcConfig",) for where, _ in values_in(made.arguments)):
            yield f"{place}.StepName: {made.name} sets VpcConfig; no such step is cleaned up"
        elif how != FOUND:
            places = [known_text(each, {}) for each in _locations(made.arguments)]
            for number, uri in enumerate(source["S3Uris"]):
                text = known_text(uri, {})
                whole = all(places) and not is_expression(uri)
                if whole and not text.startswith(tuple(f"{each.rstrip('/')}/" for each in places)):
                    where = f"{place}.S3Uris[{number}]"
                    yield f"{where}: {text} is not below an output location of {made.name}"


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
            yield place
