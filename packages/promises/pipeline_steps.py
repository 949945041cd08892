"""The jobs of a deployed pipeline, read from its definition by the table of step types."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from pipeline_schema.expressions import ExpressionError, evaluate, is_expression, parse_reference
from pipeline_schema.property_paths import look_up, show_path
from pipeline_schema.step_types import step_type
from pipeline_schema.walking import all_steps, member_at, values_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline_schema.expressions import Reference
    from pipeline_schema.step_type import JobRequest, StepType

EXECUTION = "a1b2c3d4e5f6"
_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.[a-z.]+/(?P<name>[a-z0-9._/-]+)"
)


@dataclass(frozen=True)
class Job:
    """One job that a pipeline starts, or model that it makes.

    `facts` are values of SageMaker's condition keys (KMS keys by their old names), `reads` and
    `writes` S3 locations, `images` ARNs of container repositories.
    """

    pipeline: str
    step: str
    action: str
    resource_type: str
    name: str
    role_arn: str
    works_as: str = ""
    model: str = ""
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


def jobs_of(pipeline: str, definition: Mapping[str, Any]) -> list[Job]:
    """List the jobs that a pipeline starts."""
    reader = Reader(definition)
    rows = ((step, step_type(step.get("Type"))) for step in reader.steps.values())
    return [_job(pipeline, step, row, row.job, reader) for step, row in rows if row.job]


def calls_of(definition: Mapping[str, Any]) -> list[tuple[str, str]]:
    """List the functions that a pipeline calls: step, and ARN where the definition has it."""
    called = (
        (step["Name"], step.get(step_type(step.get("Type")).function))
        for step in all_steps(definition)
    )
    return [(name, arn) for name, arn in called if isinstance(arn, str)]


def groups_of(definition: Mapping[str, Any]) -> tuple[str, ...]:
    """List the model package groups that a pipeline registers in, as far as they are known."""
    found = (
        (step.get("Arguments") or {}).get(step_type(step.get("Type")).group)
        for step in all_steps(definition)
    )
    return tuple(sorted({each for each in found if isinstance(each, str)}))


def images_of(definition: Mapping[str, Any]) -> tuple[str, ...]:
    """List the container repositories that a definition names."""
    return tuple(
        sorted(
            {
                f"arn:aws:ecr:{found['region']}:{found['account']}:repository/{found['name']}"
                for _, text in values_in(definition)
                if isinstance(text, str) and (found := _IMAGE.match(text))
            }
        )
    )


def _job(
    pipeline: str, step: dict[str, Any], row: StepType, job: JobRequest, reader: Reader
) -> Job:
    arguments = step["Arguments"]
    requests = job.requests_in(arguments)
    outputs = {uri for each in requests for uri in _locations(each.get(job.output), reader)}
    own = next((str(each[job.role]) for each in requests if each.get(job.role)), "")
    model, its = reader.model_of(arguments)
    facts: dict[str, tuple[str, ...]] = {}
    for each in requests:
        for key, values in _facts(each, job, reader):
            facts[key] = tuple(dict.fromkeys((*facts.get(key, ()), *values)))
    return Job(
        pipeline,
        step["Name"],
        row.operation,
        row.resource,
        f"{row.names_start}{EXECUTION}-{step['Name']}",
        own,
        own or its,
        model,
        facts,
        tuple(sorted({*_locations(arguments, reader)} - outputs)),
        tuple(sorted(outputs)),
        images_of(arguments),
    )


def _facts(
    request: Mapping[str, Any], job: JobRequest, reader: Reader
) -> Iterator[tuple[str, tuple[str, ...]]]:
    network = member_at(request, job.network or ()) or {}
    vpc = network.get("VpcConfig", {})
    for key, values in (
        ("VpcSubnets", vpc.get("Subnets")),
        ("VpcSecurityGroupIds", vpc.get("SecurityGroupIds")),
    ):
        if values:
            yield key, tuple(reader.text(each) or "" for each in values)
    for key in ("EnableInterContainerTrafficEncryption", "EnableNetworkIsolation"):
        if key in network:
            yield key.removeprefix("Enable"), (str(network[key]).lower(),)
    for key, path in (
        ("InstanceTypes", (*job.cluster, "InstanceType")),
        ("VolumeKmsKey", (*job.cluster, "VolumeKmsKeyId")),
        ("OutputKmsKey", (job.output, "KmsKeyId")),
    ):
        text = reader.text(member_at(request, path))
        if text:
            yield key, (text,)


def _locations(value: Any, reader: Reader) -> Iterator[str]:
    for where, item in values_in(value):
        name = str(where[-1]) if where else ""
        # The result of a query is written by the service, and read as an input.
        if name.startswith("S3") or name == "OutputS3Uri":
            text = reader.text(item)
            if text and text.startswith("s3://"):
                yield text


class Reader:
    """Evaluates the expressions that locations and types are written with."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self.steps = {step["Name"]: step for step in all_steps(definition)}
        self._defaults = {
            each["Name"]: each.get("DefaultValue") for each in definition.get("Parameters", [])
        }

    def text(self, value: Any) -> str | None:
        """Return the text of a value; None when it is known at run time only."""
        try:
            found = evaluate(value, self)
        except MlopsError:
            return None
        return str(found) if isinstance(found, str | int | float) else None

    def model_of(self, arguments: Mapping[str, Any]) -> tuple[str, str]:
        """Return the step whose model a job runs, and that model's role; empty if unknown."""
        name = arguments.get("ModelName")
        if not is_expression(name) or "Get" not in name:
            return "", ""
        try:
            reference = parse_reference(name["Get"])
        except ExpressionError:
            return "", ""
        step = self.steps.get(reference.step, {})
        row = step_type(step.get("Type"))
        if row.job is None or reference.path != (row.named_by_service,):
            return "", ""
        return reference.step, str(step["Arguments"].get(row.job.role, ""))

    def value_of(self, reference: Reference) -> Any:
        """Return a parameter's default, or the property of a step that follows from its request."""
        if reference.kind == "parameter" and self._defaults.get(reference.name) is not None:
            return self._defaults[reference.name]
        if reference.kind == "execution" and reference.name == "PipelineExecutionId":
            return EXECUTION
        if reference.kind == "property" and reference.step in self.steps:
            step = self.steps[reference.step]
            predicted = step_type(step.get("Type")).predicted
            path, end = predicted.get(show_path(reference.path), (reference.path, ""))
            found = evaluate(look_up(step["Arguments"], path), self) if path else ""
            return f"{found}{end}" if end else found
        raise ExpressionError(f"{reference} is known only when the pipeline runs")

    def read_json(self, uri: str) -> Any:
        """Refuse: what a job writes is known only when the pipeline runs."""
        raise ExpressionError(f"{uri} is known only when the pipeline runs")
