"""Transform steps: batch inference, with the containers of a model in series on each instance.

Source: SageMaker AI developer guide, "Use Batch Transform" and "Use your own inference code with
batch transform" (the variables `SAGEMAKER_BATCH`, `SAGEMAKER_MAX_PAYLOAD_IN_MB`, …). Instances
share the objects; with fewer objects than instances some are idle.
"""

from __future__ import annotations

import gzip
import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_local.jobs.containers import Container, fresh_hosts, run_containers, write_json
from pipeline_local.jobs.images import image_of, program_command
from pipeline_local.jobs.instances import instance_problems
from pipeline_local.jobs.job_root import CONTAINER_ROOT
from pipeline_local.jobs.left_files import files_left, remove_tree, text_left
from pipeline_local.jobs.requirements import after_requirements
from pipeline_local.jobs.serving import ServedModel, find_models, place_handlers, place_model
from pipeline_local.jobs.storage import files_of
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps.record_filters import kind_of, parse_filter
from pipeline_local.steps.transform_records import Plan, plan_of, requests_of, write_answers
from pipeline_schema.expressions import is_expression

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline_local.jobs.containers import Host
    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Step
    from pipeline_schema.values import JsonObject

_SPOOL = "transform"  # of a container
_MOST_TYPES = 1 << 24  # characters of all answers' content types
_BODIES = "bodies"  # of a host: the requests, and after each container its answers
_KNOWN = (
    ("TransformInput", "SplitType", ("None", "Line", "RecordIO", "TFRecord")),
    ("TransformInput", "CompressionType", ("None", "Gzip")),
    ("TransformOutput", "AssembleWith", ("None", "Line")),
    ("DataProcessing", "JoinSource", ("None", "Input")),
)


def problems(step: Step) -> Iterator[str]:
    """Validate a Transform step."""
    request = step.arguments
    for part, field, known in _KNOWN:
        value = (request.get(part) or {}).get(field, known[0])
        if not is_expression(value) and value not in known:
            yield f"{part}.{field}: {value!r} is not one of {', '.join(known)}"
    source, target = request.get("TransformInput") or {}, request.get("TransformOutput") or {}
    if "S3DataSource" not in source.get("DataSource", {}):
        yield "TransformInput.DataSource: S3DataSource is missing"
    if "S3OutputPath" not in target:
        yield "TransformOutput.S3OutputPath: is missing"
    if request.get("BatchStrategy") == "SingleRecord" and source.get("SplitType", "None") == "None":
        yield "BatchStrategy: SingleRecord needs TransformInput.SplitType Line"
    yield from instance_problems(request.get("TransformResources"), "TransformResources")
    yield from _processing_problems(request, source, target)


def run(work: Work) -> JsonObject:
    """Run the job and return what DescribeTransformJob would return.

    The outputs, `<input key>.out`, are uploaded only when every record was answered.
    """
    request = work.arguments
    models = find_models(work, str(request["ModelName"]))
    hosts = fresh_hosts(work, int(request["TransformResources"].get("InstanceCount", 1)))
    plan = plan_of(request)
    given, answered = work.folder / "given", work.folder / "answered"
    try:
        _download(work, given)
        objects = list(files_of(given))
        counts = {
            host: _write_requests(plan, objects[host.index :: host.count], host.folder / _BODIES)
            for host in hosts[: len(objects)]
        }
        kinds = {
            host: [request["TransformInput"].get("ContentType") or ""]
            * sum(map(len, each.values()))
            for host, each in counts.items()
        }
        wanted = request["TransformOutput"].get("Accept") or ""
        accepted = [*([""] * (len(models) - 1)), wanted]  # the last container is asked by the job
        for number, (model, accept) in enumerate(zip(models, accepted, strict=True), 1):
            try:
                kinds = _serve(work, model, accept, kinds)
            except StepFailed as error:
                where = f" in container {number} of {len(models)}" if len(models) > 1 else ""
                raise StepFailed(f"{error.reason}{where}", error.exception) from None
        for host, found in counts.items():
            _assemble(plan, given, found, host.folder / _BODIES, answered)
    except StepFailed:
        raise
    except MlopsError as error:
        raise StepFailed(f"ClientError: {error}") from None
    work.run.store.upload_folder(answered, request["TransformOutput"]["S3OutputPath"])
    remove_tree(work.folder)
    return {
        **request,
        "TransformJobName": work.job_name,
        "TransformJobArn": work.run.arn("transform-job", work.job_name),
        "TransformJobStatus": "Completed",
    }


def _serve(
    work: Work, model: ServedModel, accept: str, kinds: dict[Host, list[str]]
) -> dict[Host, list[str]]:
    """Answer the requests of each host by a container; return the content types of the answers.

    A container after another finds its answers as requests, in the content types that it gave them.
    """
    containers = []
    for host, types in kinds.items():
        remove_tree(host.content)
        (host.content / "output").mkdir(parents=True)
        place_model(work, host.content, model)
        handlers = place_handlers(work, host.content, model)
        spool = host.content / _SPOOL
        (spool / "answers").mkdir(parents=True)
        (host.folder / _BODIES).replace(spool / "requests")
        write_json(spool / "job.json", {"content_types": types, "accept": accept})
        container = _container(work.arguments, model, handlers)
        if handlers:
            command = after_requirements(container.command, host.content, handlers)
            container = replace(container, command=command)
        containers.append((host, container))
    run_containers(work, containers)
    answered = {}
    for host in kinds:
        left = f"{CONTAINER_ROOT}/{_SPOOL}"
        bodies = host.folder / _BODIES
        bodies.mkdir()
        for name, file in files_left(host.content, f"{left}/answers"):
            file.replace(bodies / name)
        try:
            types = json.loads(text_left(host.content, f"{left}/answered.json", _MOST_TYPES))
        except ValueError:
            raise StepFailed("AlgorithmError: the container left no list of its answers") from None
        answered[host] = types
    return answered


def _processing_problems(
    request: JsonObject, source: dict[str, Any], target: dict[str, Any]
) -> Iterator[str]:
    processing = request.get("DataProcessing") or {}
    changed = joined = processing.get("JoinSource", "None") == "Input"
    for field in ("InputFilter", "OutputFilter"):
        text = processing.get(field) or "$"
        if is_expression(text):
            continue
        try:
            changed |= not parse_filter(text).keeps_all
        except MlopsError as error:
            yield f"DataProcessing.{field}: {error}"
    if not changed:
        return
    read = source.get("ContentType")
    written = target.get("Accept", read)
    for where, value in (("TransformInput.ContentType", read), ("TransformOutput.Accept", written)):
        if not is_expression(value) and not kind_of(str(value or "")):
            yield f"{where}: {value!r}; filters and joins need text/csv or application/json(lines)"
    kind = kind_of(str(read or ""))
    if kind == "csv" and source.get("SplitType", "None") == "None":
        yield "TransformInput.SplitType: filters and joins of text/csv need Line"
    if joined and kind != kind_of(str(written or "")):
        yield f"DataProcessing.JoinSource: {read} and {written} cannot be joined"


def _download(work: Work, folder: Path) -> None:
    wanted = work.arguments["TransformInput"]
    work.run.store.download_source(wanted["DataSource"]["S3DataSource"], folder)
    if wanted.get("CompressionType") == "Gzip":
        for file in files_of(folder):
            try:
                file.write_bytes(gzip.decompress(file.read_bytes()))
            except (OSError, EOFError) as error:
                raise MlopsError(f"{file.name}: is not gzip: {error}") from None


def _write_requests(plan: Plan, objects: list[Path], bodies: Path) -> dict[Path, list[int]]:
    """Write numbered requests; return the numbers of records of each object's requests."""
    bodies.mkdir()
    counts: dict[Path, list[int]] = {file: [] for file in objects}
    numbers = itertools.count()
    for file, found in counts.items():
        for body, count in requests_of(plan, file):
            (bodies / str(next(numbers))).write_bytes(body)
            found.append(count)
    return counts


def _assemble(
    plan: Plan, given: Path, counts: dict[Path, list[int]], bodies: Path, answered: Path
) -> None:
    numbers = itertools.count()
    for file, found in counts.items():
        answers = [(bodies / str(next(numbers)), count) for count in found]
        relative = file.relative_to(given)
        target = answered / relative.parent / f"{relative.name}.out"
        target.parent.mkdir(parents=True, exist_ok=True)
        write_answers(plan, file, answers, target)


def _container(request: JsonObject, model: ServedModel, handlers: str) -> Container:
    image = image_of(model.image)
    command, variables = program_command("serve")
    return Container(
        command=(*command, f"{CONTAINER_ROOT}/{_SPOOL}", image.serving, handlers),
        environment={
            **variables,
            **image.environment,
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(request.get("MaxPayloadInMB", 6)),
            "SAGEMAKER_BATCH_STRATEGY": str(request.get("BatchStrategy", "MultiRecord")),
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "1",
            **model.environment,
            **(request.get("Environment") or {}),
        },
        packages=image.packages,
        isolated=model.isolated,
    )
