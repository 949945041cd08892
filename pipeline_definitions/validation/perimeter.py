"""Every job of every pipeline inside the perimeter, a team's own pipelines included.

IAM refuses such jobs when they start; here the mistake is named before anything is deployed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_contract.names import PROJECT_NAME
from pipeline_definitions.environment import PipelineEnvironment
from pipeline_definitions.validation.samples import placeholders_in
from pipeline_schema.walking import all_steps, is_expression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from environments.settings import EnvironmentSettings

_PROCESSING_TYPES = ("Processing", "QualityCheck", "ClarifyCheck")
_CLUSTER = ("ProcessingResources", "ClusterConfig")


def perimeter_problems(definition: dict[str, Any], settings: EnvironmentSettings) -> list[str]:
    """List the jobs that would leave the perimeter."""
    environment = PipelineEnvironment(settings)
    known = environment.known_placeholders | {PROJECT_NAME}
    unknown = sorted(placeholders_in(definition) - known)
    problems = [
        f"placeholder ${{{name}}}: nothing in the platform has this name" for name in unknown
    ]
    parameters = {item.get("Name"): item for item in definition.get("Parameters") or []}
    for step in all_steps(definition.get("Steps") or []):
        check = _CHECKS.get(str(step.get("Type")))
        arguments = step.get("Arguments")
        if check is not None and isinstance(arguments, dict):
            found = check(arguments, environment, parameters)
            problems += [f"step {step.get('Name')}: {problem}" for problem in found]
    return problems


def _processing(
    request: dict[str, Any], environment: PipelineEnvironment, parameters: dict[Any, Any]
) -> Iterator[str]:
    network = _at(request, "NetworkConfig") or {}
    yield from _network(network, "NetworkConfig.", environment)
    yield from _key(request, (*_CLUSTER, "VolumeKmsKeyId"))
    yield from _key(request, ("ProcessingOutputConfig", "KmsKeyId"))
    for item in request.get("ProcessingInputs") or []:
        dataset = item.get("DatasetDefinition") if isinstance(item, dict) else None
        for service in ("AthenaDatasetDefinition", "RedshiftDatasetDefinition"):
            if isinstance(dataset, dict) and service in dataset:
                yield from _key(dataset, (service, "KmsKeyId"))
    yield from _instance_type(request, (*_CLUSTER, "InstanceType"), environment, parameters)


def _training(
    request: dict[str, Any], environment: PipelineEnvironment, parameters: dict[Any, Any]
) -> Iterator[str]:
    yield from _network(request, "", environment)
    yield from _key(request, ("ResourceConfig", "VolumeKmsKeyId"))
    yield from _key(request, ("OutputDataConfig", "KmsKeyId"))
    yield from _instance_type(request, ("ResourceConfig", "InstanceType"), environment, parameters)


def _tuning(
    request: dict[str, Any], environment: PipelineEnvironment, parameters: dict[Any, Any]
) -> Iterator[str]:
    jobs = [request.get("TrainingJobDefinition"), *(request.get("TrainingJobDefinitions") or [])]
    for job in jobs:
        if isinstance(job, dict):
            yield from _training(job, environment, parameters)


def _transform(
    request: dict[str, Any], environment: PipelineEnvironment, parameters: dict[Any, Any]
) -> Iterator[str]:
    # A transform job has no network of its own: it takes that of its model.
    yield from _key(request, ("TransformResources", "VolumeKmsKeyId"))
    yield from _key(request, ("TransformOutput", "KmsKeyId"))
    path = ("TransformResources", "InstanceType")
    yield from _instance_type(request, path, environment, parameters)


def _model(
    request: dict[str, Any], environment: PipelineEnvironment, _parameters: dict[Any, Any]
) -> Iterator[str]:
    yield from _vpc(request, "", environment)
    if request.get("EnableNetworkIsolation") is not True:
        yield "EnableNetworkIsolation: must be true, so that the container reaches no network"


_CHECKS: dict[str, Callable[[dict[str, Any], PipelineEnvironment, dict[Any, Any]], Iterator[str]]]
_CHECKS = {
    **dict.fromkeys(_PROCESSING_TYPES, _processing),
    "Training": _training,
    "Tuning": _tuning,
    "Transform": _transform,
    "Model": _model,
}


def _network(request: dict[str, Any], path: str, environment: PipelineEnvironment) -> Iterator[str]:
    yield from _vpc(request, path, environment)
    for field, reason in (
        ("EnableNetworkIsolation", "the container reaches no network"),
        ("EnableInterContainerTrafficEncryption", "instances of a job speak in ciphertext"),
    ):
        if request.get(field) is not True:
            yield f"{path}{field}: must be true, so that {reason}"


def _vpc(request: dict[str, Any], path: str, environment: PipelineEnvironment) -> Iterator[str]:
    for field, allowed in (
        ("Subnets", environment.subnets),
        ("SecurityGroupIds", environment.security_groups),
    ):
        values = _at(request, "VpcConfig", field)
        if not isinstance(values, list) or not values:
            yield f"{path}VpcConfig.{field}: is missing; use the environment's"
        elif foreign := [str(value) for value in values if value not in allowed]:
            yield f"{path}VpcConfig.{field}: {', '.join(foreign)} not the environment's"


def _key(request: dict[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    value = _at(request, *path)
    if not (isinstance(value, str) and value.startswith("${") and value.endswith("KeyArn}")):
        yield f"{'.'.join(path)}: must be a key of the environment, such as ${{VolumeKeyArn}}"


def _instance_type(
    request: dict[str, Any],
    path: tuple[str, ...],
    environment: PipelineEnvironment,
    parameters: dict[Any, Any],
) -> Iterator[str]:
    value = _at(request, *path)
    allowed = environment.settings.instance_types
    chosen = [value]
    if is_expression(value):
        name = str(value.get("Get", "")).removeprefix("Parameters.")
        parameter = parameters.get(name) or {}
        chosen = [parameter.get("DefaultValue"), *(parameter.get("EnumValues") or [])]
        if not parameter.get("EnumValues"):
            yield f"{'.'.join(path)}: parameter {name} must list the allowed instance types"
    for item in chosen:
        if item is not None and item not in allowed:
            yield f"{'.'.join(path)}: {item} is not allowed here; take one of {', '.join(allowed)}"


def _at(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
