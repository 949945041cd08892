"""Processing jobs.

Source: SageMaker AI developer guide, "How Amazon SageMaker Processing configures input and output
for your container" and "How Amazon SageMaker AI runs your processing container image".
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from mlops_common.files import below
from pipeline_local.jobs.containers import (
    Container,
    farewell,
    fresh_hosts,
    inside,
    resource_config,
    run_containers,
    write_json,
)
from pipeline_local.jobs.images import MONITOR, image_of
from pipeline_local.jobs.instances import instance_problems, instances_of
from pipeline_local.jobs.left_files import files_left, remove_tree
from pipeline_local.jobs.work import RunStopped, StepFailed
from pipeline_local.monitor.settings import settings_problems
from pipeline_local.steps.queries import datasets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline_local.jobs.containers import Host
    from pipeline_local.jobs.images import JobImage
    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Step
    from pipeline_schema.values import JsonObject

_ROOT = "/opt/ml/processing"
_DEFAULT_MAX_SECONDS = 86_400
_EXIT_MESSAGE_CHARACTERS = 1024


def problems(step: Step) -> Iterator[str]:
    """Validate a Processing step."""
    request = step.arguments
    yield from _program_problems(request)
    cluster = request.get("ProcessingResources", {}).get("ClusterConfig", {})
    yield from instance_problems(cluster, "ProcessingResources.ClusterConfig")
    for index, item in enumerate(request.get("ProcessingInputs") or []):
        where = f"ProcessingInputs[{index}]"
        if "DatasetDefinition" in item and "S3Input" in item:
            yield f"{where}.S3Input: is refused beside DatasetDefinition; name one of the two"
        elif "DatasetDefinition" in item:
            dataset = item["DatasetDefinition"]
            yield from (f"{where}.{problem}" for problem in datasets.problems(dataset))
            yield from _path_problems(dataset, f"{where}.DatasetDefinition")
        elif "S3Input" not in item:
            yield f"{where}: has neither S3Input nor DatasetDefinition"
        elif not item.get("AppManaged"):
            yield from _path_problems(item["S3Input"], f"{where}.S3Input")
    outputs = request.get("ProcessingOutputConfig", {}).get("Outputs") or []
    for index, item in enumerate(outputs):
        where = f"ProcessingOutputConfig.Outputs[{index}]"
        if "S3Output" not in item and "FeatureStoreOutput" not in item:
            yield f"{where}.S3Output: is missing"
        elif "S3Output" in item and not item.get("AppManaged"):
            yield from _path_problems(item["S3Output"], f"{where}.S3Output")


def run(work: Work) -> JsonObject:
    """Run the job and return what DescribeProcessingJob would return."""
    return run_processing(work, work.arguments)


def run_processing(work: Work, request: JsonObject) -> JsonObject:
    """Run a CreateProcessingJob request and return the job's description.

    A failed or stopped job leaves in S3 what it had written to `Continuous` outputs, a killed one
    nothing.
    """
    cluster = request["ProcessingResources"]["ClusterConfig"]
    instance_type, count = instances_of(cluster)
    hosts = fresh_hosts(work, count)
    job = {
        **request,
        "ProcessingJobName": work.job_name,
        "ProcessingJobArn": work.run.arn("processing-job", work.job_name),
    }
    outputs = [
        item
        for item in request.get("ProcessingOutputConfig", {}).get("Outputs") or []
        if not item.get("AppManaged")  # those, the program itself writes to S3
    ]
    inputs = [_as_s3_input(work, item) for item in request.get("ProcessingInputs") or []]
    for host in hosts:
        content = host.content
        for item in inputs:
            _download_input(work, host, item)
        for item in outputs:
            inside(content, item["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
        write_json(content / "config" / "processingjobconfig.json", job)
        resources = resource_config(instance_type, host)
        write_json(content / "config" / "resourceconfig.json", resources)
    container = _container(request, job)
    targets = [item["S3Output"] for item in outputs]
    continuous = [each for each in targets if each.get("S3UploadMode") == "Continuous"]
    try:
        run_containers(work, [(host, container) for host in hosts])
    except (StepFailed, RunStopped):
        with suppress(StepFailed):  # why the job failed matters more
            _upload(work, hosts, continuous)
        raise
    _upload(work, hosts, targets)
    message = farewell(hosts[0].content)[:_EXIT_MESSAGE_CHARACTERS]
    remove_tree(work.folder)
    return {**job, "ProcessingJobStatus": "Completed", "ExitMessage": message}


def _program_problems(request: JsonObject) -> Iterator[str]:
    """Validate what is started: the request's program, or the image's and its settings."""
    application = request.get("AppSpecification", {})
    yield from image_problems(application.get("ImageUri"))
    image = known_image(application.get("ImageUri"))
    if image is None or application.get("ContainerEntrypoint"):
        return
    if not image.entrypoint:
        yield (
            "AppSpecification.ContainerEntrypoint: is missing; image "
            f"{image.repository} starts no program of its own"
        )
    if image.repository == MONITOR:
        yield from settings_problems(request.get("Environment") or {})


def _upload(work: Work, hosts: Sequence[Host], targets: list[JsonObject]) -> None:
    for host in hosts:
        for target in targets:
            files = [*files_left(host.content, target["LocalPath"])]
            work.run.store.upload(files, target["S3Uri"])


def image_problems(uri: object) -> Iterator[str]:
    """Validate the image of a job."""
    if isinstance(uri, str):
        try:
            image_of(uri)
        except MlopsError as error:
            yield str(error)


def known_image(uri: object) -> JobImage | None:
    """Return the image of a URI, None where it is not known, or not before a run."""
    try:
        return image_of(uri) if isinstance(uri, str) else None
    except MlopsError:
        return None  # reported by `image_problems`


def _path_problems(place: dict[str, Any], where: str) -> Iterator[str]:
    path = place.get("LocalPath")
    if path is None:
        yield f"{where}.LocalPath: is missing; name a folder below {_ROOT}"
    if isinstance(path, str) and below(_ROOT, path) is None:
        yield f"{where}.LocalPath: {path!r} is not below {_ROOT}"


def _as_s3_input(work: Work, item: JsonObject) -> JsonObject:
    """Execute a query, whose result in S3 is then an input like any other."""
    if "DatasetDefinition" not in item:
        return item
    name = item["InputName"]
    return {
        "InputName": name,
        "S3Input": datasets.run_dataset(work, name, item["DatasetDefinition"]),
    }


def _download_input(work: Work, host: Host, item: JsonObject) -> None:
    source = item.get("S3Input")
    if not source or item.get("AppManaged"):
        return
    folder = inside(host.content, source["LocalPath"])
    try:
        work.run.store.download_source(source, folder, host.share(source))
    except MlopsError as error:
        raise StepFailed(f"ClientError: input {item['InputName']}: {error}") from None


def _container(request: JsonObject, job: JsonObject) -> Container:
    application = request["AppSpecification"]
    image = image_of(application["ImageUri"])
    entrypoint = tuple(application.get("ContainerEntrypoint") or image.entrypoint)
    return Container(
        command=(*entrypoint, *(application.get("ContainerArguments") or ())),
        environment={
            **image.environment,
            "PROCESSING_JOB_ARN": job["ProcessingJobArn"],
            "PROCESSING_JOB_NAME": job["ProcessingJobName"],
            **(request.get("Environment") or {}),
        },
        packages=image.packages,
        isolated=bool(request.get("NetworkConfig", {}).get("EnableNetworkIsolation", False)),
        max_seconds=request.get("StoppingCondition", {}).get(
            "MaxRuntimeInSeconds", _DEFAULT_MAX_SECONDS
        ),
    )
