"""The container of a training job: its program, its channels and its configuration.

Source: SageMaker AI developer guide, "How Amazon SageMaker AI provides training information", and
"Run training with your own container" (`ContainerEntrypoint` replaces what the image starts).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError
from pipeline_local.jobs.containers import Container, input_data_config, resource_config, write_json
from pipeline_local.jobs.images import algorithm_command, image_of
from pipeline_local.jobs.instances import instances_of
from pipeline_local.jobs.job_root import CONTAINER_ROOT
from pipeline_local.jobs.requirements import after_requirements
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps import script_mode

if TYPE_CHECKING:
    from pipeline_local.jobs.containers import Host
    from pipeline_local.jobs.work import Work
    from pipeline_schema.values import JsonObject

DEFAULT_MAX_SECONDS = 86_400


def entrypoint_of(request: JsonObject) -> tuple[str, ...]:
    """Return the command that the request puts in place of the image's; empty without one."""
    algorithm = request.get("AlgorithmSpecification") or {}
    entrypoint = algorithm.get("ContainerEntrypoint") or ()
    return (*entrypoint, *(algorithm.get("ContainerArguments") or ())) if entrypoint else ()


def is_script(request: JsonObject) -> bool:
    """Return whether the image starts a program that the hyperparameters name."""
    return script_mode.PROGRAM in (request.get("HyperParameters") or {})


def container_of(work: Work, host: Host) -> Container:
    """Prepare a host and return the container to start there."""
    request, content = work.arguments, host.content
    for name in ("model", "output/data", "output/intermediate"):
        (content / name).mkdir(parents=True)
    for channel in request.get("InputDataConfig") or []:
        _download_channel(work, host, channel)
    _write_configuration(host, request)
    isolated = bool(request.get("EnableNetworkIsolation", False))
    uri = request["AlgorithmSpecification"]["TrainingImage"]
    image = image_of(uri)
    directory = str(CONTAINER_ROOT)
    variables: dict[str, str] = {}
    if command := entrypoint_of(request):
        pass  # the image's own start, which reads hyperparameters and sets `SM_*`, is replaced
    elif is_script(request):
        hyperparameters = script_mode.decode(request["HyperParameters"])
        script_mode.place_code(work, host, hyperparameters, isolated)
        directory = script_mode.CODE
        command = after_requirements(script_mode.command(hyperparameters), content, directory)
        variables = script_mode.variables(work, image, hyperparameters, request, host)
    else:
        command, variables = algorithm_command(uri)
    return Container(
        command=command,
        directory=directory,
        environment={
            **image.environment,
            **variables,
            "TRAINING_JOB_NAME": work.job_name,
            "TRAINING_JOB_ARN": work.run.arn("training-job", work.job_name),
            **(request.get("Environment") or {}),
        },
        packages=image.packages,
        isolated=isolated,
        max_seconds=(request.get("StoppingCondition") or {}).get(
            "MaxRuntimeInSeconds", DEFAULT_MAX_SECONDS
        ),
    )


def _download_channel(work: Work, host: Host, channel: JsonObject) -> None:
    source = channel["DataSource"]["S3DataSource"]
    folder = host.content / "input" / "data" / channel["ChannelName"]
    folder.mkdir(parents=True)
    try:
        work.run.store.download_source(source, folder, host.share(source))
    except MlopsError as error:
        raise StepFailed(f"ClientError: channel {channel['ChannelName']}: {error}") from None


def _write_configuration(host: Host, request: JsonObject) -> None:
    folder = host.content / "input" / "config"
    write_json(folder / "hyperparameters.json", request.get("HyperParameters") or {})
    write_json(folder / "inputdataconfig.json", input_data_config(request))
    instance_type, _ = instances_of(request["ResourceConfig"])
    write_json(folder / "resourceconfig.json", resource_config(instance_type, host))
