"""Containers of models: by a model's name, or the registered package it names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_common.archives import unpack
from mlops_common.errors import MlopsError
from pipeline_local.jobs.containers import inside, source_problem
from pipeline_local.jobs.images import image_of
from pipeline_local.jobs.job_root import CONTAINER_ROOT
from pipeline_local.jobs.work import StepFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline_local.jobs.work import Work

PROGRAM, SUBMIT_DIRECTORY = "SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY"
MODEL = f"{CONTAINER_ROOT}/model"
_CODE = f"{CONTAINER_ROOT}/code"


@dataclass(frozen=True)
class ServedModel:
    """One container of a model."""

    image: str
    data: dict[str, Any]
    environment: dict[str, str]
    isolated: bool

    @property
    def data_uri(self) -> str:
        """The S3 URI of the artefact; empty without one."""
        source = self.data.get("ModelDataSource", {}).get("S3DataSource", {})
        return str(self.data.get("ModelDataUrl") or source.get("S3Uri") or "")

    @property
    def code_uri(self) -> str:
        """The S3 URI of the script-mode handlers; empty when they are elsewhere."""
        source = self.environment.get(SUBMIT_DIRECTORY, "")
        if problem := source_problem(SUBMIT_DIRECTORY, source, isolated=self.isolated):
            raise StepFailed(f"ClientError: {problem}")
        return source if source.startswith("s3://") else ""


def find_model(work: Work, name: str) -> ServedModel:
    """Return the only container of a model; raise StepFailed if it cannot serve here."""
    found = find_models(work, name)
    if len(found) != 1:
        count = len(found)
        raise StepFailed(f"ClientError: model {name} has {count} containers, where one can serve")
    return found[0]


def find_models(work: Work, name: str) -> list[ServedModel]:
    """Return the containers of a model in their order; raise StepFailed if one cannot serve."""
    client = work.run.client("sagemaker")
    model = client.describe_model(ModelName=name)
    containers = model.get("Containers") or [model.get("PrimaryContainer") or {}]
    isolated = bool(model.get("EnableNetworkIsolation", False))
    return [
        _served(each, name, isolated=isolated)
        for container in containers
        for each in _containers_of(client, container)
    ]


def _containers_of(client: Any, container: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the containers of the registered package that a container names, or itself."""
    package = container.get("ModelPackageName")
    if not package:
        yield container
        return
    registered = client.describe_model_package(ModelPackageName=package)
    for own in registered.get("InferenceSpecification", {}).get("Containers") or [{}]:
        variables = {**(own.get("Environment") or {}), **(container.get("Environment") or {})}
        yield {**own, "Environment": variables}


def _served(container: dict[str, Any], name: str, *, isolated: bool) -> ServedModel:
    try:
        image = image_of(str(container.get("Image")))
    except MlopsError as error:
        raise StepFailed(f"ClientError: model {name}: {error}") from None
    if not image.serving:
        raise StepFailed(f"ClientError: model {name}: image {image.repository} serves no models")
    return ServedModel(
        image=str(container["Image"]),
        data={k: container[k] for k in ("ModelDataUrl", "ModelDataSource") if container.get(k)},
        environment={k: str(v) for k, v in (container.get("Environment") or {}).items()},
        isolated=isolated,
    )


def place_model(work: Work, content: Path, model: ServedModel) -> None:
    """Download and unpack the model's artefact at `/opt/ml/model`."""
    folder = inside(content, MODEL)
    folder.mkdir(parents=True)
    uri = model.data_uri
    if not uri:
        return
    source = model.data.get("ModelDataSource", {}).get("S3DataSource", {})
    try:
        if source.get("CompressionType") == "None":
            if source.get("S3DataType") == "S3Object":
                work.run.store.download_file(uri, folder / uri.rpartition("/")[2])
            else:
                work.run.store.download(uri, folder)
        else:
            archive = work.folder / "model.tar.gz"
            work.run.store.download_file(uri, archive)
            unpack(archive, folder)
    except MlopsError as error:
        raise StepFailed(f"ClientError: model data: {error}") from None


def place_handlers(work: Work, content: Path, model: ServedModel) -> str:
    """Return the container's folder of the script-mode handlers, empty in algorithm mode."""
    program = model.environment.get(PROGRAM, "")
    if not program:
        return ""
    source = model.environment.get(SUBMIT_DIRECTORY) or f"{MODEL}/code"
    folder = source.removeprefix("file://")
    if model.code_uri:
        folder = _CODE
        archive = work.folder / "sourcedir.tar.gz"
        try:
            work.run.store.download_file(source, archive)
            unpack(archive, inside(content, folder))
        except MlopsError as error:
            raise StepFailed(f"ClientError: {SUBMIT_DIRECTORY}: {error}") from None
    if not (inside(content, folder) / program).is_file():
        raise StepFailed(f"ClientError: {PROGRAM}: there is no {program} in {folder}")
    return folder


def as_json(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an API response as JSON, without `ResponseMetadata`."""
    kept = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
    return dict(json.loads(json.dumps(kept, default=str)))
