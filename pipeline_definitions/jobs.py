"""The common parts of all jobs' requests: compute, inputs, images, caching, retries, perimeter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pipeline_definitions import sdk
from pipeline_definitions.environment import placeholder
from pipeline_definitions.errors import PipelineModuleError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline_definitions.environment import PipelineEnvironment

VOLUME_GIGABYTES = 30
MAX_RUNTIME_SECONDS = 3600
CODE_FOLDER = "/opt/ml/processing/input/code"
# A day and a month, ISO 8601: how old a result may be to be used again.
KEEP_RESULTS_FOR = "P30D"
# The champion changes under an address that stays. `mlops run` passes its
# version; for other starts, an old comparison is forgotten soon.
KEEP_COMPARISONS_FOR = "PT1H"

Family = str | tuple[str, str] | tuple[str, str, str]
"""Address of an image, or framework and version, and for Hugging Face its base: `pytorch2.9.0`."""

XGBOOST_IMAGE = ("xgboost", "3.2-0")
SCIKIT_LEARN_IMAGE = ("sklearn", "1.9-0")
MONITOR_IMAGE = ("model-monitor", "")
_CPU_ONLY = frozenset({SCIKIT_LEARN_IMAGE[0]})
_ADDRESS = re.compile(
    r"[^/]+\.dkr\.ecr\.(?P<region>[^./]+)\.[^/:@]+/[a-z0-9._/-]+(?P<version>[:@].+)?"
)


@dataclass(frozen=True)
class Compute:
    """Instances of a job."""

    instance_type: Any
    instance_count: Any = 1


@dataclass(frozen=True)
class JobInput:
    """A place in S3 that a job finds as a folder.

    The folder of a processing job's input is ``/opt/ml/processing/input/<name>`` by default.
    """

    name: str
    uri: Any
    folder: str = ""

    def request(self) -> dict[str, Any]:
        """Return the entry of ``ProcessingInputs``."""
        return {
            "InputName": self.name,
            "S3Input": {
                "S3Uri": self.uri,
                "LocalPath": self.folder or input_folder(self.name),
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
                "S3DataDistributionType": "FullyReplicated",
            },
        }


class ProcessingInput(Protocol):
    """An input of a processing job."""

    def request(self) -> dict[str, Any]:
        """Return the entry of ``ProcessingInputs``."""


def input_folder(name: str) -> str:
    """Return the folder of a processing job's input that names none."""
    return f"/opt/ml/processing/input/{name}"


def run_prefix(environment: PipelineEnvironment, *parts: str) -> Any:
    """Return an S3 prefix for the outputs of one execution.

    The execution's id keeps runs apart. It does not defeat step caching: outputs are not part of
    the cache key (https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html).
    """
    return execution_prefix(environment.artifacts_bucket, "runs", *parts)


def baseline_prefix(environment: PipelineEnvironment, name: str) -> Any:
    """Return an S3 prefix for a baseline, which stays when outputs of runs expire."""
    return execution_prefix(environment.artifacts_bucket, "baselines", name)


def execution_prefix(bucket: str, folder: str, *parts: str) -> Any:
    """Return an S3 prefix with the id of the execution in it."""
    execution = sdk.ExecutionVariables.PIPELINE_EXECUTION_ID
    return sdk.Join(on="/", values=[f"s3://{bucket}/{folder}", execution, *parts])


def instance_type_parameter(environment: PipelineEnvironment, name: str) -> sdk.ParameterString:
    """Return a parameter with the environment's instance types, the first as its default."""
    types = list(environment.settings.instance_types)
    return sdk.ParameterString(name, default_value=types[0], enum_values=types)


def image(
    environment: PipelineEnvironment,
    family: Family,
    compute: Compute | None = None,
    *,
    serves: bool = False,
) -> str:
    """Return the address of an image in the environment's region.

    Where AWS has images for CPU and for GPU, the instance type decides, of a parameter its default.
    """
    if isinstance(family, str):
        return _checked(environment, family)
    framework, version, *base = family
    chosen = compute.instance_type if compute else environment.settings.instance_types[0]
    kind = str(getattr(chosen, "default_value", chosen))
    try:
        return sdk.image_uri(
            framework,
            version,
            environment.settings.region,
            "ml.m5.large" if framework in _CPU_ONLY else kind,
            scope="inference" if serves else "training",
            base=base[0] if base else "",
        )
    except FileNotFoundError:
        raise PipelineModuleError(f"image {framework}: AWS has no framework of this name") from None
    except ValueError as error:
        reason = re.sub(r" You may need to upgrade your SDK version[^.]*\.", "", str(error))
        name = " ".join(family).strip()
        raise PipelineModuleError(f"image {name} for {kind}: {' '.join(reason.split())}") from None


def _checked(environment: PipelineEnvironment, address: str) -> str:
    """Refuse an address from which no job in our subnets gets an image.

    Source: Amazon ECR User Guide, "Considerations for Amazon ECR VPC endpoints": none answers for
    another Region, nor for public registries.
    """
    match, region = _ADDRESS.fullmatch(address), environment.settings.region
    if match is None:
        raise PipelineModuleError(
            f"image {address}: is no address of a private ECR repository, such as"
            " ${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/team/trainer:1"
        )
    if match["region"] not in {region, "${AWS::Region}"}:
        raise PipelineModuleError(
            f"image {address}: an endpoint of ECR answers for {region} only; write ${{AWS::Region}}"
            " and replicate the repository"
        )
    if not match["version"]:
        raise PipelineModuleError(f"image {address}: needs a tag or a digest")
    return address


def caching(keep_for: str = KEEP_RESULTS_FOR) -> sdk.CacheConfig:
    """Let a step reuse a result when its arguments are the same."""
    return sdk.CacheConfig(enable_caching=True, expire_after=keep_for)


def retries() -> list[Any]:
    """Return the policies for transient faults: of the service, of capacity, of quotas in use."""
    job, step = sdk.SageMakerJobExceptionTypeEnum, sdk.StepExceptionTypeEnum
    return [
        sdk.StepRetryPolicy(
            exception_types=[step.SERVICE_FAULT, step.THROTTLING],
            interval_seconds=10,
            backoff_rate=2.0,
            max_attempts=5,
        ),
        sdk.SageMakerJobStepRetryPolicy(
            exception_types=[job.INTERNAL_ERROR, job.CAPACITY_ERROR, job.RESOURCE_LIMIT],
            interval_seconds=60,
            backoff_rate=2.0,
            max_attempts=5,
        ),
    ]


def channel_request(channel: JobInput) -> dict[str, Any]:
    """Return one entry of a training job's ``InputDataConfig``."""
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": channel.uri,
        "S3DataDistributionType": "FullyReplicated",
    }
    return {"ChannelName": channel.name, "DataSource": {"S3DataSource": source}}


def processing_request(
    environment: PipelineEnvironment,
    *,
    image_uri: str,
    compute: Compute,
    inputs: Sequence[ProcessingInput],
    outputs: list[tuple[str, str, Any]],
    role: str = "ProcessingRoleArn",
    kept_of_failed: Sequence[str] = (),
) -> dict[str, Any]:
    """Return a ``CreateProcessingJob`` request inside the perimeter.

    An output is a name, a folder in the container and an S3 prefix. Those of `kept_of_failed` are
    uploaded while the job runs: SageMaker uploads the others when it has completed.
    """
    return {
        "AppSpecification": {"ImageUri": image_uri},
        "ProcessingInputs": [item.request() for item in inputs],
        "ProcessingOutputConfig": {
            "KmsKeyId": placeholder("ArtifactsKeyArn"),
            "Outputs": [
                {
                    "OutputName": name,
                    "S3Output": {
                        "S3Uri": uri,
                        "LocalPath": folder,
                        "S3UploadMode": "Continuous" if name in kept_of_failed else "EndOfJob",
                    },
                }
                for name, folder, uri in outputs
            ],
        },
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceCount": compute.instance_count,
                "InstanceType": compute.instance_type,
                "VolumeSizeInGB": VOLUME_GIGABYTES,
                "VolumeKmsKeyId": placeholder("VolumeKeyArn"),
            }
        },
        "NetworkConfig": {
            "EnableNetworkIsolation": True,
            "EnableInterContainerTrafficEncryption": True,
            "VpcConfig": environment.vpc_config,
        },
        "RoleArn": placeholder(role),
        "StoppingCondition": {"MaxRuntimeInSeconds": MAX_RUNTIME_SECONDS},
    }
