"""The perimeter's rules for jobs, in a team's own pipelines, too.

IAM refuses such jobs when they start; here the mistake is named before anything is deployed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_contract.names import PROJECT_NAME
from pipeline_definitions.environment import PipelineEnvironment
from pipeline_definitions.validation.samples import placeholders_in
from pipeline_schema.expressions import is_expression
from pipeline_schema.step_types import step_type
from pipeline_schema.walking import all_steps, member_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from environments.settings import EnvironmentSettings
    from pipeline_schema.step_type import JobRequest


def perimeter_problems(definition: dict[str, Any], settings: EnvironmentSettings) -> list[str]:
    """List the jobs that would leave the perimeter."""
    environment = PipelineEnvironment(settings)
    known = environment.known_placeholders | {PROJECT_NAME}
    unknown = sorted(placeholders_in(definition) - known)
    problems = [
        f"placeholder ${{{name}}}: nothing in the platform has this name" for name in unknown
    ]
    parameters = {item.get("Name"): item for item in definition.get("Parameters") or []}
    for step in all_steps(definition):
        job, arguments = step_type(step.get("Type")).job, step.get("Arguments")
        if job is not None and isinstance(arguments, dict):
            for request in job.requests_in(arguments):
                found = _job_problems(job, request, environment, parameters)
                problems += [f"step {step.get('Name')}: {problem}" for problem in found]
    return problems


def _job_problems(
    job: JobRequest,
    request: dict[str, Any],
    environment: PipelineEnvironment,
    parameters: dict[Any, Any],
) -> Iterator[str]:
    if job.network is not None:
        yield from _network(request, job, environment)
    if job.cluster:
        yield from _key(request, (*job.cluster, "VolumeKmsKeyId"))
    if job.output:
        yield from _key(request, (job.output, "KmsKeyId"))
    for item in request.get("ProcessingInputs") or []:
        dataset = item.get("DatasetDefinition") if isinstance(item, dict) else None
        for service in ("AthenaDatasetDefinition", "RedshiftDatasetDefinition"):
            if isinstance(dataset, dict) and service in dataset:
                yield from _key(dataset, (service, "KmsKeyId"))
    if job.cluster:
        yield from _instance_type(request, (*job.cluster, "InstanceType"), environment, parameters)


def _network(
    request: dict[str, Any], job: JobRequest, environment: PipelineEnvironment
) -> Iterator[str]:
    path = "".join(f"{part}." for part in job.network or ())
    network = member_at(request, job.network or ()) or {}
    yield from _vpc(network, path, environment)
    switches = {"EnableNetworkIsolation": "the container reaches no network"}
    if job.encrypts_traffic:
        reason = "instances of a job speak in ciphertext"
        switches["EnableInterContainerTrafficEncryption"] = reason
    for field, reason in switches.items():
        if network.get(field) is not True:
            yield f"{path}{field}: must be true, so that {reason}"


def _vpc(request: dict[str, Any], path: str, environment: PipelineEnvironment) -> Iterator[str]:
    for field, allowed in (
        ("Subnets", environment.subnets),
        ("SecurityGroupIds", environment.security_groups),
    ):
        values = member_at(request, ("VpcConfig", field))
        if not isinstance(values, list) or not values:
            yield f"{path}VpcConfig.{field}: is missing; use the environment's"
        elif foreign := [str(value) for value in values if value not in allowed]:
            yield f"{path}VpcConfig.{field}: {', '.join(foreign)} not the environment's"


def _key(request: dict[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    value = member_at(request, path)
    if not (isinstance(value, str) and value.startswith("${") and value.endswith("KeyArn}")):
        yield f"{'.'.join(path)}: must be a key of the environment, such as ${{VolumeKeyArn}}"


def _instance_type(
    request: dict[str, Any],
    path: tuple[str, ...],
    environment: PipelineEnvironment,
    parameters: dict[Any, Any],
) -> Iterator[str]:
    value = member_at(request, path)
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
            known = ", ".join(allowed)
            yield f"{'.'.join(path)}: {item} is not allowed here; choose one of {known}"
