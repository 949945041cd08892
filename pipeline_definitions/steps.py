"""Steps that keep the perimeter: our subnets, our keys, no network, cached, retried.

A module may still use the SDK's own classes; the checks of a built definition are the same.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline_definitions import sdk
from pipeline_definitions.environment import placeholder
from pipeline_definitions.jobs import (
    CODE_FOLDER,
    KEEP_RESULTS_FOR,
    MAX_RUNTIME_SECONDS,
    VOLUME_GIGABYTES,
    XGBOOST_IMAGE,
    Compute,
    Family,
    JobInput,
    caching,
    channel_request,
    execution_prefix,
    image,
    processing_request,
    retries,
    run_prefix,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline_definitions.environment import PipelineEnvironment
    from pipeline_definitions.jobs import ProcessingInput

STATIC = "StaticHyperParameters"  # what searches call hyperparameters that all trials share


def processing_step(
    environment: PipelineEnvironment,
    name: str,
    *,
    script: str,
    code_uri: str,
    compute: Compute,
    inputs: Sequence[ProcessingInput],
    outputs: list[str],
    description: str,
    arguments: list[Any] | None = None,
    variables: dict[str, Any] | None = None,
    property_files: list[sdk.PropertyFile] | None = None,
    launcher: str = "run.py",
    family: Family = XGBOOST_IMAGE,
    cached: bool = True,
    keep_for: str = KEEP_RESULTS_FOR,
    places: dict[str, Any] | None = None,
    depends_on: list[sdk.Step] | None = None,
    role: str = "ProcessingRoleArn",
    kept_of_failed: Sequence[str] = (),
) -> sdk.RequestStep:
    """Make a Processing step that runs one script of a code bundle.

    Parameters
    ----------
    code_uri : str
        The result of `PipelineEnvironment.ship`.
    outputs : list of str
        Names of the folders under ``/opt/ml/processing/output`` that are kept.
    property_files : list of PropertyFile, optional
        JSON outputs that conditions and messages read.
    launcher : str
        Script of the bundle that starts the other one, after installing the wheelhouse; empty
        to start the script itself.
    keep_for : str
        The age of a result that may be reused, as an ISO 8601 duration.
    places : dict of str to (str or pipeline variable), optional
        S3 prefixes of outputs that are kept elsewhere than with the run.
    depends_on : list of Step, optional
        Steps to wait for beyond those whose outputs are used.
    kept_of_failed : sequence of str, optional
        Outputs that a failed job leaves, too.
    """
    program = [f"{CODE_FOLDER}/{launcher}", script] if launcher else [f"{CODE_FOLDER}/{script}"]
    all_inputs = [JobInput("code", code_uri, CODE_FOLDER), *inputs]
    request = processing_request(
        environment,
        image_uri=image(environment, family, compute),
        compute=compute,
        inputs=all_inputs,
        outputs=[
            (
                output,
                f"/opt/ml/processing/output/{output}",
                (places or {}).get(output) or run_prefix(environment, name, output),
            )
            for output in outputs
        ],
        role=role,
        kept_of_failed=kept_of_failed,
    )
    request["AppSpecification"]["ContainerEntrypoint"] = ["python3", *program]
    if arguments:
        request["AppSpecification"]["ContainerArguments"] = arguments
    if variables:
        request["Environment"] = variables
    return sdk.RequestStep(
        name,
        sdk.StepTypeEnum.PROCESSING,
        request,
        description=description,
        cache_config=caching(keep_for) if cached else None,
        retry_policies=retries(),
        property_files=property_files,
        depends_on=depends_on,
    )


def training_step(
    environment: PipelineEnvironment,
    name: str,
    *,
    script: str,
    code_uri: str,
    compute: Compute,
    channels: list[JobInput],
    hyperparameters: dict[str, Any],
    description: str,
    family: Family = XGBOOST_IMAGE,
) -> sdk.RequestStep:
    """Make a Training step that runs one script in script mode.

    Parameters
    ----------
    code_uri : str
        The result of `PipelineEnvironment.ship`.
    hyperparameters : dict
        Passed to the script as ``--name value``; values as the API takes them, strings.
    """
    request = training_request(
        environment,
        name,
        script=script,
        code_uri=code_uri,
        compute=compute,
        channels=channels,
        family=family,
    )
    request["HyperParameters"] = {**request.pop(STATIC), **hyperparameters}
    return sdk.RequestStep(
        name,
        sdk.StepTypeEnum.TRAINING,
        request,
        description=description,
        cache_config=caching(),
        retry_policies=retries(),
    )


def training_request(
    environment: PipelineEnvironment,
    name: str,
    *,
    script: str,
    code_uri: str,
    compute: Compute,
    channels: list[JobInput],
    family: Family,
    output: Any = None,
) -> dict[str, Any]:
    """Return what training jobs and those of a search have in common, as the latter write it.

    Models go to `output`, or else below the execution's own prefix.
    """
    # Code comes through a channel, so that a job in isolation has it: the script-mode toolkit
    # takes a local archive as well as an S3 address.
    all_channels = [*channels, JobInput("code", f"{code_uri}/sourcedir.tar.gz")]
    return {
        "AlgorithmSpecification": {
            "TrainingImage": image(environment, family, compute),
            "TrainingInputMode": "File",
        },
        STATIC: {
            "sagemaker_program": script,
            "sagemaker_submit_directory": "/opt/ml/input/data/code/sourcedir.tar.gz",
        },
        "InputDataConfig": [channel_request(channel) for channel in all_channels],
        "OutputDataConfig": {
            "S3OutputPath": output or execution_prefix(environment.models_bucket, "models", name),
            "KmsKeyId": placeholder("ModelsKeyArn"),
        },
        "ResourceConfig": {
            "InstanceCount": compute.instance_count,
            "InstanceType": compute.instance_type,
            "VolumeSizeInGB": VOLUME_GIGABYTES,
            "VolumeKmsKeyId": placeholder("VolumeKeyArn"),
        },
        "RoleArn": placeholder("TrainingRoleArn"),
        "StoppingCondition": {"MaxRuntimeInSeconds": MAX_RUNTIME_SECONDS},
        "VpcConfig": environment.vpc_config,
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": True,
        "EnableManagedSpotTraining": False,
    }


class JobSteps:
    """The steps of one pipeline: they share environment, folder of job code, compute and image.

    `processing` is `processing_step` with these four.
    """

    def __init__(
        self,
        environment: PipelineEnvironment,
        folder: Path,
        compute: Compute,
        family: Family = XGBOOST_IMAGE,
    ) -> None:
        self.environment, self.compute, self.family = environment, compute, family
        self.code = environment.ship(folder)
        self.processing = partial(
            processing_step, environment, code_uri=self.code, compute=compute, family=family
        )
        self._lock_file = folder / "wheelhouse.txt"

    def wheelhouse(self) -> JobInput:
        """Return the input with the packages of the code's lock file."""
        return JobInput("wheelhouse", self.environment.ship_wheelhouse(self._lock_file))
