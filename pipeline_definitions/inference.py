"""Steps of batch inference: call a function, make a model of a registered version, transform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_definitions import sdk
from pipeline_definitions.environment import placeholder
from pipeline_definitions.jobs import Compute, caching, retries

if TYPE_CHECKING:
    from pipeline_definitions.environment import PipelineEnvironment

# What an isolated model is asked at once, and how long it may take.
PAYLOAD_MEGABYTES = 6
# A record is its number and what the model is asked; the answer has three values. Kept are the
# number and the answer.
ASKED = "$[1:]"


def lambda_step(
    environment: PipelineEnvironment,
    name: str,
    *,
    function: str,
    inputs: dict[str, Any],
    outputs: list[str],
    description: str,
    integers: tuple[str, ...] = (),
    depends_on: list[sdk.Step] | None = None,
) -> sdk.RequestStep:
    """Make a step that calls one of the platform's functions."""
    environment.refuse_in_projects(f"step {name} calls {function}")
    arn = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
    return sdk.RequestStep(
        name,
        sdk.StepTypeEnum.LAMBDA,
        inputs,
        description=description,
        depends_on=depends_on,
        extra={
            "FunctionArn": arn + environment.names.function(function),
            "OutputParameters": [
                {"OutputName": each, "OutputType": "Integer" if each in integers else "String"}
                for each in outputs
            ],
        },
    )


def model_step(
    environment: PipelineEnvironment,
    name: str,
    *,
    model_package: Any,
    description: str,
    depends_on: list[sdk.Step] | None = None,
) -> sdk.RequestStep:
    """Make a Model step of a registered version, in our subnets and without a network."""
    request = {
        "EnableNetworkIsolation": True,
        "ExecutionRoleArn": placeholder("InferenceRoleArn"),
        "PrimaryContainer": {"ModelPackageName": model_package},
        "VpcConfig": environment.vpc_config,
    }
    return sdk.RequestStep(
        name,
        sdk.StepTypeEnum.CREATE_MODEL,
        request,
        description=description,
        depends_on=depends_on,
    )


def transform_step(
    name: str,
    *,
    model_name: Any,
    records_uri: Any,
    answers_uri: Any,
    answer_columns: int,
    asked_columns: int,
    compute: Compute,
    description: str,
) -> sdk.RequestStep:
    """Make a Transform step over numbered records; every answer carries its record's number.

    `records_uri` and `answers_uri` are S3 prefixes of CSV files: a number and the columns that the
    model is asked; a number and the answer. The job runs in the model's network and under its role.
    """
    first = asked_columns + 1
    kept = ",".join(map(str, (0, *range(first, first + answer_columns))))
    request = {
        "ModelName": model_name,
        "BatchStrategy": "MultiRecord",
        "MaxPayloadInMB": PAYLOAD_MEGABYTES,
        "DataProcessing": {
            "InputFilter": ASKED,
            "JoinSource": "Input",
            "OutputFilter": f"$[{kept}]",
        },
        "TransformInput": {
            "ContentType": "text/csv",
            "CompressionType": "None",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": records_uri}},
            "SplitType": "Line",
        },
        "TransformOutput": {
            "Accept": "text/csv",
            "AssembleWith": "Line",
            "KmsKeyId": placeholder("ArtifactsKeyArn"),
            "S3OutputPath": answers_uri,
        },
        "TransformResources": {
            "InstanceCount": compute.instance_count,
            "InstanceType": compute.instance_type,
            "VolumeKmsKeyId": placeholder("VolumeKeyArn"),
        },
    }
    return sdk.RequestStep(
        name,
        sdk.StepTypeEnum.TRANSFORM,
        request,
        description=description,
        cache_config=caching(),
        retry_policies=retries(),
    )
