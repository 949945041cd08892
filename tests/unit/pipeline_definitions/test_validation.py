"""Mistakes in a definition are found before anything is deployed, each named by step and field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline_definitions.errors import PipelineDefinitionError
from pipeline_definitions.validation import check_definition, problems_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from environments.settings import EnvironmentSettings

Steps = dict[str, dict[str, Any]]


def _set(*path: str | int, value: Any) -> Callable[[Steps], None]:
    """Make a mistake: put a value at a path below the arguments of a step."""

    def spoil(steps: Steps) -> None:
        step, *inner, last = path
        target: Any = steps[str(step)]["Arguments"]
        for part in inner:
            target = target[part]
        target[last] = value

    return spoil


def _drop(*path: str | int) -> Callable[[Steps], None]:
    def spoil(steps: Steps) -> None:
        step, *inner, last = path
        target: Any = steps[str(step)]["Arguments"]
        for part in inner:
            target = target[part]
        del target[last]

    return spoil


CLUSTER = ("ProcessingResources", "ClusterConfig")
MISTAKES = {
    "a missing required field": (
        _drop("Train", "OutputDataConfig"),
        "step Train: OutputDataConfig: is missing",
    ),
    "a missing nested field": (
        _drop("Preprocess", "ProcessingInputs", 0, "InputName"),
        "step Preprocess: ProcessingInputs[0].InputName: is missing",
    ),
    "a misspelt field": (
        _set("Train", "HyperParameter", value={}),
        "step Train: HyperParameter: is not a field",
    ),
    "a number where text belongs": (
        _set("Train", "HyperParameters", "seed", value=20),
        "step Train: HyperParameters.seed: 20 is not of type string",
    ),
    "text where a number belongs": (
        _set("Train", "ResourceConfig", "VolumeSizeInGB", value="30"),
        "step Train: ResourceConfig.VolumeSizeInGB: '30' is not of type integer",
    ),
    "a parameter of the wrong type": (
        _set("Train", "ResourceConfig", "InstanceCount", value={"Get": "Parameters.InputDataUrl"}),
        "step Train: ResourceConfig.InstanceCount:",
    ),
    "a joined text where a number belongs": (
        _set("Train", "ResourceConfig", "InstanceCount", value={"Std:Join": {}}),
        "step Train: ResourceConfig.InstanceCount: 'text' is not of type integer",
    ),
    "an unknown instance type": (
        _set("Evaluate", *CLUSTER, "InstanceType", value="ml.enormous"),
        "step Evaluate: ProcessingResources.ClusterConfig.InstanceType: 'ml.enormous' is not one",
    ),
    "an unknown enumeration value": (
        _set("Train", "AlgorithmSpecification", "TrainingInputMode", value="Files"),
        "step Train: AlgorithmSpecification.TrainingInputMode: 'Files' is not one of",
    ),
    "an address that is none": (
        _set("Preprocess", "ProcessingInputs", 0, "S3Input", "S3Uri", value="bucket/key"),
        "step Preprocess: ProcessingInputs[0].S3Input.S3Uri: 'bucket/key' does not match",
    ),
    "a role that is none": (
        _set("Train", "RoleArn", value="training-role"),
        "step Train: RoleArn: 'training-role'",
    ),
    "a group name with a blank": (
        _set("RegisterModel", "ModelPackageGroupName", value="abalone age"),
        "step RegisterModel: ModelPackageGroupName: 'abalone age' does not match",
    ),
    "too long a text": (
        _set("RegisterModel", "ModelPackageDescription", value="x" * 1025),
        "step RegisterModel: ModelPackageDescription: 1025 characters is above the maximum",
    ),
    "too many entries": (
        _set(
            "RegisterModel",
            "CustomerMetadataProperties",
            value=dict.fromkeys(map(str, range(51)), "v"),
        ),
        "step RegisterModel: CustomerMetadataProperties: 51 entries is above the maximum of 50",
    ),
    "metrics that SageMaker's own algorithm does not take": (
        _set(
            *("Train", "AlgorithmSpecification", "MetricDefinitions"),
            value=[{"Name": "mse", "Regex": "mse=([0-9.]+)"}],
        ),
        "step Train: AlgorithmSpecification.MetricDefinitions: SageMaker takes none with sagemaker",
    ),
    "a parameter that is not declared": (
        _set("Train", "HyperParameters", "seed", value={"Get": "Parameters.Sead"}),
        "step Train: Parameters.Sead: the pipeline has no such parameter",
    ),
    "an output of a step that does not exist": (
        _set("RegisterModel", "CustomerMetadataProperties", "X", value={"Get": "Steps.Trian.Y"}),
        "step RegisterModel: Steps.Trian.Y: the pipeline has no such step",
    ),
    "too long a name of a step": (
        lambda steps: steps["Train"].update(Name="T" * 65),
        f"step {'T' * 65}: Name: must be 1 to 64 letters",
    ),
    "too small a number": (
        _set("Train", "StoppingCondition", "MaxRuntimeInSeconds", value=0),
        "step Train: StoppingCondition.MaxRuntimeInSeconds: 0 is below the minimum of 1",
    ),
    "an unknown approval status": (
        _set("RegisterModel", "ModelApprovalStatus", value="Accepted"),
        "step RegisterModel: ModelApprovalStatus: 'Accepted' is not one of",
    ),
    "no network isolation": (
        _set("Train", "EnableNetworkIsolation", value=False),
        "step Train: EnableNetworkIsolation: must be true",
    ),
    "no encryption between instances": (
        _drop("Evaluate", "NetworkConfig", "EnableInterContainerTrafficEncryption"),
        "step Evaluate: NetworkConfig.EnableInterContainerTrafficEncryption: must be true",
    ),
    "a foreign subnet": (
        _set("Train", "VpcConfig", "Subnets", 0, value="subnet-0fedcba9876543210"),
        "step Train: VpcConfig.Subnets: subnet-0fedcba9876543210 not the environment's",
    ),
    "no subnet at all": (
        _drop("Preprocess", "NetworkConfig", "VpcConfig"),
        "step Preprocess: NetworkConfig.VpcConfig.Subnets: is missing",
    ),
    "no key for the volume": (
        _drop("DataQualityBaseline", *CLUSTER, "VolumeKmsKeyId"),
        "step DataQualityBaseline: ProcessingResources.ClusterConfig.VolumeKmsKeyId: must be a key",
    ),
    "a foreign key for the output": (
        _set("Train", "OutputDataConfig", "KmsKeyId", value="alias/aws/s3"),
        "step Train: OutputDataConfig.KmsKeyId: must be a key of the environment",
    ),
    "an instance type the environment does not allow": (
        _set("Train", "ResourceConfig", "InstanceType", value="ml.p4d.24xlarge"),
        "step Train: ResourceConfig.InstanceType: ml.p4d.24xlarge is not allowed here",
    ),
    "a placeholder that nothing fills": (
        _set("Train", "HyperParameters", "bucket", value="${DatBucketName}"),
        "placeholder ${DatBucketName}: nothing in the platform has this name",
    ),
}


def test_the_real_definition_has_no_problem(
    definition: dict[str, Any], settings: EnvironmentSettings
) -> None:
    assert problems_of("training", definition, settings) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named(
    mistake: str, definition: dict[str, Any], steps: Steps, settings: EnvironmentSettings
) -> None:
    spoil, expected = MISTAKES[mistake]
    spoil(steps)
    problems = problems_of("training", definition, settings)
    assert any(f"training: {expected}" in problem for problem in problems), problems
    assert all("\n" not in problem for problem in problems)


def test_an_image_of_the_team_may_define_metrics(
    definition: dict[str, Any], steps: Steps, settings: EnvironmentSettings
) -> None:
    algorithm = steps["Train"]["Arguments"]["AlgorithmSpecification"]
    algorithm["TrainingImage"] = "111111111111.dkr.ecr.eu-central-1.amazonaws.com/ours:1"
    algorithm["MetricDefinitions"] = [{"Name": "mse", "Regex": "mse=([0-9.]+)"}]
    assert problems_of("training", definition, settings) == []


def test_an_instance_type_parameter_must_be_bounded(
    definition: dict[str, Any], settings: EnvironmentSettings
) -> None:
    for parameter in definition["Parameters"]:
        parameter.pop("EnumValues", None)
    problems = problems_of("training", definition, settings)
    assert any("must list the allowed instance types" in problem for problem in problems)


def test_all_problems_are_told_at_once(
    definition: dict[str, Any], steps: Steps, settings: EnvironmentSettings
) -> None:
    for spoil, _ in (MISTAKES["a misspelt field"], MISTAKES["no network isolation"]):
        spoil(steps)
    with pytest.raises(PipelineDefinitionError) as raised:
        check_definition("training", definition, settings)
    assert len(raised.value.lines) == 2


def test_a_job_repeated_for_items_stays_in_the_perimeter(
    definition: dict[str, Any], steps: Steps, settings: EnvironmentSettings
) -> None:
    _set("Train", "EnableNetworkIsolation", value=False)(steps)
    body = [step for step in definition["Steps"] if step["Name"] == "Train"]
    rest = [step for step in definition["Steps"] if step["Name"] != "Train"]
    loop = {"Name": "Loop", "Type": "ForEach", "Arguments": {"ForEachBody": body}}
    (problem,) = problems_of("training", {**definition, "Steps": [*rest, loop]}, settings)
    assert "step Train: EnableNetworkIsolation: must be true" in problem
