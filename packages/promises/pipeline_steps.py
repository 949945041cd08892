"""What the steps of a deployed pipeline ask AWS for, read from its definition.

Source: SageMaker Developer Guide, "Pipelines steps" and "Execution role permissions".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_EXECUTION = "a1b2c3d4e5f6"
_OUTPUT = re.compile(
    r"Steps\.(?P<step>[^.]+)\.ProcessingOutputConfig\.Outputs\['(?P<name>[^']+)'\]"
    r"\.S3Output\.S3Uri"
)
_ANSWERS = re.compile(r"Steps\.(?P<step>[^.]+)\.TransformOutput\.S3OutputPath")
_NAME = re.compile(r"Steps\.(?P<step>[^.]+)\.ModelName")
_MODEL = re.compile(r"Steps\.(?P<step>[^.]+)\.ModelArtifacts\.S3ModelArtifacts")
_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.[a-z.]+/(?P<name>[a-z0-9._/-]+)"
)
# Kind of step to the API that starts its job and the kind of resource that this makes.
JOB_STEPS = {
    "Processing": ("CreateProcessingJob", "processing-job"),
    "QualityCheck": ("CreateProcessingJob", "processing-job"),
    "ClarifyCheck": ("CreateProcessingJob", "processing-job"),
    "Training": ("CreateTrainingJob", "training-job"),
    "Tuning": ("CreateHyperParameterTuningJob", "hyper-parameter-tuning-job"),
    "Transform": ("CreateTransformJob", "transform-job"),
    "Model": ("CreateModel", "model"),
}


@dataclass(frozen=True)
class Job:
    """One job that a pipeline starts, or model that it makes.

    Parameters
    ----------
    facts : mapping of str to tuple of str
        The values that SageMaker's condition keys have for it. KMS keys stand under
        ``VolumeKmsKey`` and ``OutputKmsKey``.
    reads, writes : tuple of str
        S3 locations, ``s3://bucket/prefix``.
    images : tuple of str
        ARNs of container repositories.
    """

    pipeline: str
    step: str
    action: str
    resource_type: str
    role_arn: str
    works_as: str = ""
    model: str = ""
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


def steps_of(definition: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield all steps of a definition, those within conditions too."""
    waiting = list(definition.get("Steps", []))
    while waiting:
        step = waiting.pop(0)
        yield step
        arguments = step.get("Arguments", {})
        if step.get("Type") == "Condition":
            waiting = [*arguments.get("IfSteps", []), *arguments.get("ElseSteps", []), *waiting]


def jobs_of(pipeline: str, definition: Mapping[str, Any]) -> list[Job]:
    """List the jobs that a pipeline starts."""
    steps = {step["Name"]: step for step in steps_of(definition)}
    reader = Reader(definition, steps)
    return [
        _job(pipeline, name, step, reader)
        for name, step in steps.items()
        if step.get("Type") in JOB_STEPS
    ]


def calls_of(definition: Mapping[str, Any]) -> list[tuple[str, str]]:
    """List the functions that a pipeline calls.

    Returns
    -------
    list of (str, str)
        Step and the function's ARN, where the definition tells it.
    """
    return [
        (step["Name"], step["FunctionArn"])
        for step in steps_of(definition)
        if step.get("Type") == "Lambda" and isinstance(step.get("FunctionArn"), str)
    ]


def images_of(definition: Mapping[str, Any]) -> tuple[str, ...]:
    """List the container repositories that a definition names."""
    return tuple(
        sorted(
            {
                f"arn:aws:ecr:{found['region']}:{found['account']}:repository/{found['name']}"
                for text in _texts(definition)
                if (found := _IMAGE.match(text))
            }
        )
    )


def _job(pipeline: str, name: str, step: dict[str, Any], reader: Reader) -> Job:
    action, resource_type = JOB_STEPS[step["Type"]]
    arguments = step["Arguments"]
    outputs = {
        name
        for part in ("ProcessingOutputConfig", "OutputDataConfig", "TransformOutput")
        for name in _locations(arguments.get(part, {}), reader)
    }
    everything = set(_locations(arguments, reader))
    own = str(arguments.get("RoleArn") or arguments.get("ExecutionRoleArn") or "")
    model, its = reader.model_of(arguments)
    return Job(
        pipeline,
        name,
        action,
        resource_type,
        own,
        own or its,
        model,
        dict(_facts(arguments, reader)),
        tuple(sorted(everything - outputs)),
        tuple(sorted(outputs)),
        images_of(arguments),
    )


def _facts(arguments: Mapping[str, Any], reader: Reader) -> Iterator[tuple[str, tuple[str, ...]]]:
    network = arguments.get("NetworkConfig", arguments)
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
    cluster = (
        arguments.get("ProcessingResources", {}).get("ClusterConfig")
        or arguments.get("ResourceConfig")
        or arguments.get("TransformResources")
        or {}
    )
    output: dict[str, Any] = next(
        (
            arguments[part]
            for part in ("ProcessingOutputConfig", "OutputDataConfig", "TransformOutput")
            if part in arguments
        ),
        {},
    )
    for key, value in (
        ("InstanceTypes", cluster.get("InstanceType")),
        ("VolumeKmsKey", cluster.get("VolumeKmsKeyId")),
        ("OutputKmsKey", output.get("KmsKeyId")),
    ):
        text = reader.text(value)
        if text:
            yield key, (text,)


def _locations(value: Any, reader: Reader) -> Iterator[str]:
    """Yield every S3 location in arguments, whatever the field is called."""
    if isinstance(value, dict):
        for name, item in value.items():
            # The result of a query is written by the service, and read as an input.
            place = name.startswith("S3") or name == "OutputS3Uri"
            text = reader.text(item) if place else None
            if text and text.startswith("s3://"):
                yield text
            else:
                yield from _locations(item, reader)
    elif isinstance(value, list):
        for item in value:
            yield from _locations(item, reader)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else ():
        yield from _texts(item)
    for item in value if isinstance(value, list) else ():
        yield from _texts(item)


class Reader:
    """Evaluates the few expressions that locations and types are written with."""

    def __init__(self, definition: Mapping[str, Any], steps: Mapping[str, dict[str, Any]]) -> None:
        self._defaults = {
            each["Name"]: each.get("DefaultValue") for each in definition.get("Parameters", [])
        }
        self._steps = steps

    def text(self, value: Any) -> str | None:
        """Give the text of an expression; None when it is known at run time only."""
        if isinstance(value, str | int | float):
            return str(value)
        if isinstance(value, dict) and set(value) == {"Std:Join"}:
            parts = [self.text(each) for each in value["Std:Join"]["Values"]]
            return None if None in parts else value["Std:Join"]["On"].join(map(str, parts))
        if isinstance(value, dict) and set(value) == {"Get"}:
            return self._get(str(value["Get"]))
        return None

    def model_of(self, arguments: Mapping[str, Any]) -> tuple[str, str]:
        """Give the Model step whose model a job runs, and that model's role; empty if unknown."""
        name = arguments.get("ModelName")
        path = str(name.get("Get", "")) if isinstance(name, dict) else ""
        found = _NAME.fullmatch(path)
        if found is None or found["step"] not in self._steps:
            return "", ""
        request = self._steps[found["step"]]["Arguments"]
        return found["step"], str(request.get("ExecutionRoleArn", ""))

    def _get(self, path: str) -> str | None:
        if path.startswith("Parameters."):
            default = self._defaults.get(path.removeprefix("Parameters."))
            return None if default is None else str(default)
        if path == "Execution.PipelineExecutionId":
            return _EXECUTION
        if (found := _OUTPUT.fullmatch(path)) and found["step"] in self._steps:
            arguments = self._steps[found["step"]]["Arguments"]
            for output in arguments.get("ProcessingOutputConfig", {}).get("Outputs", []):
                if output["OutputName"] == found["name"]:
                    return self.text(output["S3Output"]["S3Uri"])
        if (found := _ANSWERS.fullmatch(path)) and found["step"] in self._steps:
            return self.text(
                self._steps[found["step"]]["Arguments"]["TransformOutput"]["S3OutputPath"]
            )
        if (found := _MODEL.fullmatch(path)) and found["step"] in self._steps:
            arguments = self._steps[found["step"]]["Arguments"]
            folder = self.text(arguments["OutputDataConfig"]["S3OutputPath"])
            return None if folder is None else f"{folder}/job/output/model.tar.gz"
        return None
