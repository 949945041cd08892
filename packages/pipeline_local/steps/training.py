"""Training jobs, in script mode or with the image's own algorithm.

Source: SageMaker AI developer guide, "How Amazon SageMaker AI provides training information" and
"How Amazon SageMaker AI signals algorithm success and failure".
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from mlops_common.files import below
from mlops_common.times import now, seconds_between
from pipeline_local.image_programs.xgboost_channels import channel_problems
from pipeline_local.image_programs.xgboost_hyperparameters import hyperparameter_problems, plain
from pipeline_local.jobs.containers import (
    fresh_hosts,
    hosts_of,
    run_containers,
    source_problem,
)
from pipeline_local.jobs.instances import instance_problems, instances_of
from pipeline_local.jobs.left_files import remove_tree
from pipeline_local.steps import script_mode
from pipeline_local.steps.processing import image_problems, known_image
from pipeline_local.steps.training_artefacts import (
    checkpoint_problems,
    restore_checkpoints,
    save_checkpoints,
    upload_artefacts,
)
from pipeline_local.steps.training_container import (
    DEFAULT_MAX_SECONDS,
    container_of,
    entrypoint_of,
    is_script,
)
from pipeline_local.steps.training_properties import final_metrics, round_metrics
from pipeline_schema.expressions import is_expression
from pipeline_schema.parameters import known_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Step
    from pipeline_schema.values import JsonObject

_SECONDS = ("TrainingTimeInSeconds", "BillableTimeInSeconds")


def problems(step: Step) -> Iterator[str]:
    """Validate a Training step."""
    request = step.arguments
    algorithm = request.get("AlgorithmSpecification", {})
    yield from image_problems(algorithm.get("TrainingImage"))
    if "TrainingImage" not in algorithm:
        yield "AlgorithmSpecification.TrainingImage: is missing"
    yield from instance_problems(request.get("ResourceConfig"), "ResourceConfig")
    yield from checkpoint_problems(request.get("CheckpointConfig") or {})
    yield from spot_problems(request)
    hyperparameters = request.get("HyperParameters") or {}
    yield from _mode_problems(request, algorithm, hyperparameters)
    channels = request.get("InputDataConfig") or []
    for index, channel in enumerate(channels):
        where = f"InputDataConfig[{index}]"
        if "S3DataSource" not in channel.get("DataSource", {}):
            yield f"{where}.DataSource: only S3DataSource can be read here"
        if channel.get("ChannelName") in (".", ".."):
            yield f"{where}.ChannelName: {channel['ChannelName']!r} is no name of a folder"
        if problem := _stream_problem(request, channel):
            yield (
                f"{where}.InputMode: {problem}"
                if "InputMode" in channel
                else (f"AlgorithmSpecification.TrainingInputMode: {problem}")
            )
    for index, metric in enumerate(algorithm.get("MetricDefinitions") or []):
        try:
            re.compile(metric["Regex"])
        except (KeyError, TypeError, re.error) as error:
            where = f"AlgorithmSpecification.MetricDefinitions[{index}].Regex"
            yield f"{where}: is not a regular expression: {error}"


def spot_problems(request: JsonObject) -> Iterator[str]:
    """Validate how long a job waits for spot capacity (API Reference, StoppingCondition)."""
    limits = request.get("StoppingCondition") or {}
    waits, runs = (limits.get(each) for each in ("MaxWaitTimeInSeconds", "MaxRuntimeInSeconds"))
    spot = request.get("EnableManagedSpotTraining")
    where = "StoppingCondition.MaxWaitTimeInSeconds"
    if waits is not None and spot is not True and not is_expression(spot):
        yield f"{where}: is for EnableManagedSpotTraining only"
    elif spot is True and waits is None:
        yield f"{where}: is missing, which EnableManagedSpotTraining needs"
    least = DEFAULT_MAX_SECONDS if runs is None else runs
    if isinstance(waits, int) and isinstance(least, int) and waits < least:
        yield f"{where}: {waits} is below MaxRuntimeInSeconds, {least}"


def run(work: Work) -> JsonObject:
    """Run the job and return what DescribeTrainingJob would return.

    The model is uploaded only after success.
    """
    request, started = work.arguments, now()
    _, count = instances_of(request["ResourceConfig"])
    # A killed attempt leaves its folder, and the checkpoints in it.
    save_checkpoints(work, [host.content for host in hosts_of(work, count)])
    hosts = fresh_hosts(work, count)
    containers = [(host, container_of(work, host)) for host in hosts]
    restore_checkpoints(work, hosts)
    try:
        output = run_containers(work, containers)
    finally:
        save_checkpoints(work, [host.content for host in hosts])
    metrics = final_metrics(request["AlgorithmSpecification"], output)
    if not (entrypoint_of(request) or is_script(request)):
        metrics.extend(round_metrics(output))
    model = upload_artefacts(work, hosts)
    remove_tree(work.folder)
    return {
        **request,
        "TrainingJobName": work.job_name,
        "TrainingJobArn": work.run.arn("training-job", work.job_name),
        "TrainingJobStatus": "Completed",
        "ModelArtifacts": {"S3ModelArtifacts": model},
        "FinalMetricDataList": metrics,
        **dict.fromkeys(_SECONDS, math.ceil(seconds_between(started, now()) or 0)),
    }


def _mode_problems(
    request: JsonObject, algorithm: JsonObject, hyperparameters: JsonObject
) -> Iterator[str]:
    """Validate the program: an entry point, a script, or the built-in algorithm."""
    if entrypoint_of({"AlgorithmSpecification": algorithm}):
        return
    if algorithm.get("ContainerArguments"):
        yield (
            "AlgorithmSpecification.ContainerArguments: has no ContainerEntrypoint to go with; "
            "name the program there"
        )
    if script_mode.PROGRAM in hyperparameters:
        yield from _script_problems(request, hyperparameters)
        return
    image, uri = known_image(algorithm.get("TrainingImage")), algorithm.get("TrainingImage")
    if isinstance(uri, str) and image is None:
        return  # reported by `image_problems`
    if image is None or not image.algorithm:
        yield (
            f"HyperParameters.{script_mode.PROGRAM}: is missing, and the image has no algorithm "
            "of its own"
        )
        return
    for problem in hyperparameter_problems(hyperparameters):
        yield f"HyperParameters.{problem}"
    for problem in channel_problems(request.get("InputDataConfig") or ()):
        yield f"InputDataConfig: {problem}"


def _script_problems(request: JsonObject, hyperparameters: JsonObject) -> Iterator[str]:
    """Validate the name of a script, and the place that it comes from."""
    name, program = script_mode.SUBMIT_DIRECTORY, hyperparameters[script_mode.PROGRAM]
    if name not in hyperparameters:
        yield f"HyperParameters.{name}: is missing"
    if isinstance(program, str) and below(script_mode.CODE, plain(program) or "..") is None:
        yield f"HyperParameters.{script_mode.PROGRAM}: {program!r} is no file of the code"
    isolated = request.get("EnableNetworkIsolation") is True
    source = plain(known_text(hyperparameters.get(name), {}))
    if problem := source_problem(name, source, isolated=isolated):
        yield f"HyperParameters.{problem}"


def _stream_problem(request: JsonObject, channel: JsonObject) -> str | None:
    """Return why a channel cannot be a stream, or None; the own algorithm reads files as rows."""
    algorithm = request.get("AlgorithmSpecification") or {}
    mode = channel.get("InputMode") or algorithm.get("TrainingInputMode")
    if mode != "Pipe" or not (entrypoint_of(request) or is_script(request)):
        return None
    return "'Pipe' is refused: a script finds its data in files here; use File or FastFile"
