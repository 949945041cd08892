"""Deployment of a cloud assembly to the local AWS.

Creates the buckets, model package groups, SSM parameters, tables, pipelines, event buses and
schedules of the templates, delivers their assets, and registers the functions of event rules and
pipelines. All of it is idempotent. Networks, roles and keys have names only: nothing uses them.
"""

from __future__ import annotations

import json
import tempfile
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_local.jobs.storage import ObjectStore, etag_of, files_of
from pipeline_local.steps.function_code import target_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloud_assembly import CloudAssembly, Delivery, Stack
    from pipeline_local.aws import Aws

_UPLOADS_AT_ONCE = 8
_EXISTS = ("ConflictException", "ResourceAlreadyExistsException")


def deploy(assembly: CloudAssembly, aws: Aws) -> None:
    """Update the local AWS to what the assembly describes."""
    store = ObjectStore(aws.client("s3"))
    for stack in assembly.stacks:
        for logical_id, _ in stack.resources_of_type("AWS::S3::Bucket"):
            store.ensure_bucket(assembly.resolver.resource(stack, logical_id).name, stack.region)
    # The assets' hashes take about as long as the requests, and need no interpreter.
    with ThreadPoolExecutor(1) as pool:
        delivered = pool.submit(lambda: [deliver(each, store) for each in assembly.deliveries])
        for stack in assembly.stacks:
            _create_model_package_groups(assembly, stack, aws)
            for bus in _declared(assembly, stack, "AWS::Events::EventBus"):
                _create(aws, "events", "create_event_bus", Name=bus["Name"])
            _create_tables(assembly, stack, aws)
            _put_parameters(assembly, stack, aws)
        delivered.result()
    # Resolved before anything is registered: a definition that cannot be resolved changes nothing.
    definitions = {
        name: json.dumps(found.resolved_definition(), sort_keys=True)
        for name, found in assembly.pipelines.items()
    }
    for function in assembly.event_functions:
        target = target_of(function, function.code)
        aws.register_event_target(function.rule, function.pattern, target)
    _register_functions(assembly, aws)
    _put_pipelines(assembly, definitions, aws)
    _put_schedules(assembly, aws)


def deliver(delivery: Delivery, store: ObjectStore) -> int:
    """Copy an asset to its destination; return the number of files that were copied."""
    with tempfile.TemporaryDirectory(prefix="mlops-delivery-") as scratch:
        files = dict(files_to_deliver(delivery, Path(scratch)))
        present = store.list_objects(delivery.bucket, delivery.prefix)
        stale = {key: path for key, path in files.items() if present.get(key) != etag_of(path)}
        with ThreadPoolExecutor(_UPLOADS_AT_ONCE) as pool:
            list(pool.map(lambda key: store.put_file(delivery.bucket, key, stale[key]), stale))
    return len(stale)


def files_to_deliver(delivery: Delivery, scratch: Path) -> Iterator[tuple[str, Path]]:
    """Yield object key and file for the content of an asset."""
    source = delivery.source
    if source.is_file() and delivery.extract:
        with zipfile.ZipFile(source) as archive:
            archive.extractall(scratch)
        source = scratch
    files = [source] if source.is_file() else list(files_of(source))
    base = source.parent if source.is_file() else source
    for path in files:
        relative = path.relative_to(base).as_posix()
        key = f"{delivery.prefix}/{relative}" if delivery.prefix else relative
        yield key, _with_values(path, delivery.markers, scratch / "marked" / relative)


def _with_values(path: Path, markers: dict[str, str], beside: Path) -> Path:
    """Replace the markers in a file; the result, if it differs, is a copy at another path."""
    content = path.read_bytes() if markers else b""
    marked = content
    for marker, value in markers.items():
        marked = marked.replace(marker.encode(), value.encode())
    if marked == content:
        return path
    beside.parent.mkdir(parents=True, exist_ok=True)
    beside.write_bytes(marked)
    return beside


def _declared(assembly: CloudAssembly, stack: Stack, kind: str) -> list[dict[str, Any]]:
    """Return the resolved properties of a stack's resources of a type."""
    found = [resource for _, resource in stack.resources_of_type(kind)]
    return [assembly.resolver.resolve_mapping(each["Properties"], stack) for each in found]


def _create_model_package_groups(assembly: CloudAssembly, stack: Stack, aws: Aws) -> None:
    for logical_id, resource in stack.resources_of_type("AWS::SageMaker::ModelPackageGroup"):
        name = assembly.resolver.resource(stack, logical_id).name
        properties: dict[str, Any] = assembly.resolver.resolve(resource["Properties"], stack)
        description = properties.get("ModelPackageGroupDescription") or name
        ensure_model_package_group(aws, name, str(description))


def ensure_model_package_group(aws: Aws, name: str, description: str) -> None:
    """Create a model package group unless it exists; `name` may be its ARN."""
    from botocore.exceptions import ClientError

    client, name = aws.client("sagemaker"), name.rpartition("/")[2]
    try:
        client.describe_model_package_group(ModelPackageGroupName=name)
    except ClientError:
        client.create_model_package_group(
            ModelPackageGroupName=name, ModelPackageGroupDescription=description
        )


def _create_tables(assembly: CloudAssembly, stack: Stack, aws: Aws) -> None:
    """Create Glue databases, and create or update their tables."""
    declared = _declared(assembly, stack, "AWS::Glue::Database")
    databases = [each["DatabaseInput"] for each in declared]
    if not databases:
        return
    client = aws.client("glue")
    for database in databases:
        try:
            client.get_database(Name=database["Name"])
        except client.exceptions.EntityNotFoundException:
            client.create_database(DatabaseInput=database)
    for table in _declared(assembly, stack, "AWS::Glue::Table"):
        place = {"DatabaseName": table["DatabaseName"], "TableInput": table["TableInput"]}
        try:
            client.update_table(**place)
        except client.exceptions.EntityNotFoundException:
            client.create_table(**place)


def _put_parameters(assembly: CloudAssembly, stack: Stack, aws: Aws) -> None:
    found = _declared(assembly, stack, "AWS::SSM::Parameter")
    if not found:
        return
    client = aws.client("ssm")
    present = _parameter_values(client, [item["Name"] for item in found if "Name" in item])
    for item in found:
        name, value = item.get("Name"), str(item.get("Value", ""))
        if name and present.get(name) != value:
            kind = item.get("Type", "String")
            client.put_parameter(Name=name, Value=value, Type=kind, Overwrite=True)


def _parameter_values(client: Any, names: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for start in range(0, len(names), 10):  # as many as GetParameters takes
        answer = client.get_parameters(Names=names[start : start + 10])
        values |= {item["Name"]: item["Value"] for item in answer["Parameters"]}
    return values


def _register_functions(assembly: CloudAssembly, aws: Aws) -> None:
    """Register the functions that Lambda steps and commands call."""
    for function in assembly.functions:
        ours = function.runtime.startswith("python")
        if ours and function.code is not None and function.code.is_dir():
            aws.register_function(function.arn, target_of(function, function.code))


def _put_pipelines(assembly: CloudAssembly, definitions: dict[str, str], aws: Aws) -> None:
    """Create each pipeline, or update it when its definition or role has changed."""
    from botocore.exceptions import ClientError

    client = aws.client("sagemaker")
    for short_name, text in definitions.items():
        found = assembly.pipelines[short_name]
        name, role = found.pipeline_name, found.role_arn
        try:
            known = client.describe_pipeline(PipelineName=name)
        except ClientError:
            client.create_pipeline(
                PipelineName=name,
                PipelineDefinition=text,
                RoleArn=role,
                ClientRequestToken=uuid.uuid4().hex,
            )
            continue
        if (known["PipelineDefinition"], known["RoleArn"]) != (text, role):
            client.update_pipeline(PipelineName=name, PipelineDefinition=text, RoleArn=role)


def _put_schedules(assembly: CloudAssembly, aws: Aws) -> None:
    """Create schedules; existing ones stay as a promotion or a person left them, as on AWS."""
    for stack in assembly.stacks:
        for properties in _declared(assembly, stack, "AWS::Scheduler::ScheduleGroup"):
            _create(aws, "scheduler", "create_schedule_group", Name=properties["Name"])
    for stack in assembly.stacks:
        for properties in _declared(assembly, stack, "AWS::Scheduler::Schedule"):
            _create(aws, "scheduler", "create_schedule", **_typed(properties))


def _typed(properties: dict[str, Any]) -> dict[str, Any]:
    """Convert numbers that a template may hold as text."""
    window = dict(properties["FlexibleTimeWindow"])
    if "MaximumWindowInMinutes" in window:
        window["MaximumWindowInMinutes"] = int(window["MaximumWindowInMinutes"])
    target = dict(properties["Target"])
    if "RetryPolicy" in target:
        target["RetryPolicy"] = {key: int(value) for key, value in target["RetryPolicy"].items()}
    return {**properties, "FlexibleTimeWindow": window, "Target": target}


def _create(aws: Aws, service: str, operation: str, **request: Any) -> None:
    """Create a resource unless it exists."""
    from botocore.exceptions import ClientError

    try:
        getattr(aws.client(service), operation)(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _EXISTS:
            raise
