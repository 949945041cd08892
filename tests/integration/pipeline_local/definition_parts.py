"""The steps that the suite's definitions are made of, whole, as the service is given them."""

from __future__ import annotations

from typing import Any

ROLE = "arn:aws:iam::111122223333:role/Job"
REGISTRY = "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
XGBOOST = f"{REGISTRY}/sagemaker-xgboost:3.0-5"
SCIKIT_LEARN = f"{REGISTRY}/sagemaker-scikit-learn:1.4-2"
CODE, DATA, OUT = "s3://suite-code", "s3://suite-data", "s3://suite-out"
LOCAL = "/opt/ml/processing"
CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
# Writes its arguments: NAME=TEXT below /opt/ml/processing, `copy:FROM=TO`, `list:FROM=TO`,
# `fail:WORDS`, `connect:ADDRESS`, `host:NAME`.
SCRIPT = """
import pathlib, shutil, socket, sys
root = pathlib.Path("/opt/ml/processing")
for argument in sys.argv[1:]:
    name, _, text = argument.partition("=")
    verb, _, rest = name.partition(":")
    if verb == "fail":
        sys.exit(rest)
    elif verb == "connect":
        socket.create_connection((rest, 443), 5)
    elif verb == "list":
        found = "".join(sorted(p.name for p in (root / rest).iterdir()))
        (root / text / f"{socket.gethostname()}.list").write_text(found)
    elif verb == "copy":
        source = next(p for p in sorted((root / rest).rglob("*")) if p.is_file())
        shutil.copy(source, root / text)
    elif verb == "host":
        (root / rest / f"{socket.gethostname()}.txt").write_text("here")
    else:
        (root / name).write_text(text)
"""


def get(reference: str) -> dict[str, str]:
    """Refer to a parameter, an execution variable or a property."""
    return {"Get": reference}


def join(*values: Any, on: str = "") -> dict[str, Any]:
    return {"Std:Join": {"On": on, "Values": list(values)}}


def json_get(step: str, path: str, file: str = "Report") -> dict[str, Any]:
    place = get(f"Steps.{step}.PropertyFiles.{file}")
    return {"Std:JsonGet": {"PropertyFile": place, "Path": path}}


def source(uri: Any, path: str, **more: Any) -> dict[str, Any]:
    place = {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {**place, **more}


def processing(
    name: str,
    *arguments: Any,
    inputs: dict[str, Any] | None = None,
    outputs: tuple[str, ...] = (),
    place: Any = None,
    report: str = "",
    cluster: dict[str, Any] | None = None,
    sharded: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """Make a Processing step; each output goes to OUT/NAME/OUTPUT unless a place is given."""
    read = {"code": f"{CODE}/do.py", **(inputs or {})}
    share = {"S3DataDistributionType": "ShardedByS3Key"} if sharded else {}
    file = {"PropertyFileName": "Report", "OutputName": "out", "FilePath": report}
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "RoleArn": ROLE,
            "AppSpecification": {
                "ImageUri": XGBOOST,
                "ContainerEntrypoint": ["python3", f"{LOCAL}/code/do.py"],
                **({"ContainerArguments": list(arguments)} if arguments else {}),
            },
            "ProcessingInputs": [
                {
                    "InputName": key,
                    "S3Input": source(
                        uri, f"{LOCAL}/{key}", **(share if key in (inputs or {}) else {})
                    ),
                }
                for key, uri in read.items()
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": key,
                        "S3Output": {
                            "S3Uri": place or f"{OUT}/{name}/{key}",
                            "LocalPath": f"{LOCAL}/{key}",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                    for key in outputs
                ]
            },
            "ProcessingResources": {"ClusterConfig": {**CLUSTER, **(cluster or {})}},
            "NetworkConfig": {"EnableNetworkIsolation": True},
        },
        **({"PropertyFiles": [file]} if report else {}),
        **more,
    }


def channel(name: str) -> dict[str, Any]:
    place = {"S3DataType": "S3Prefix", "S3Uri": f"{DATA}/{name}/"}
    return {
        "ChannelName": name,
        "ContentType": "text/csv",
        "DataSource": {"S3DataSource": place},
    }


def training_job(**static: str) -> dict[str, Any]:
    """Make the request of a small job of the built-in XGBoost algorithm."""
    return {
        "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
        "InputDataConfig": [channel("train"), channel("validation")],
        "OutputDataConfig": {"S3OutputPath": f"{OUT}/models"},
        "ResourceConfig": CLUSTER,
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "RoleArn": ROLE,
        "EnableNetworkIsolation": True,
        **static,
    }


def training(name: str = "Train", **more: Any) -> dict[str, Any]:
    hyperparameters = {"num_round": "3", "objective": "reg:squarederror", "nthread": "1"}
    arguments = {**training_job(), "HyperParameters": hyperparameters}
    return {"Name": name, "Type": "Training", "Arguments": arguments, **more}


def register(
    name: str = "Register", model: Any = None, baselines: Any = None, **more: Any
) -> dict[str, Any]:
    container = {
        "Image": XGBOOST,
        "ModelDataUrl": model or get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
    }
    return {
        "Name": name,
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": "suite-models",
            "ModelApprovalStatus": "Approved",
            "InferenceSpecification": {
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            **({"DriftCheckBaselines": baselines} if baselines else {}),
        },
        **more,
    }


def registered_in_full() -> dict[str, Any]:
    """Make a RegisterModel step with what a package may have beside its containers."""
    step = register()
    step["Arguments"] |= {
        "Domain": "MACHINE_LEARNING",
        "Task": "REGRESSION",
        "SourceUri": "s3://models/mine",
        "SamplePayloadUrl": f"{DATA}/payload.tar.gz",
        "ModelCard": {"ModelCardContent": "{}", "ModelCardStatus": "Draft"},
        "ModelLifeCycle": {"Stage": "Development", "StageStatus": "PendingApproval"},
        "CustomerMetadataProperties": {"team": "tax"},
    }
    return step


def model(container: dict[str, Any], name: str = "Make") -> dict[str, Any]:
    arguments = {
        "ExecutionRoleArn": ROLE,
        "PrimaryContainer": container,
        "EnableNetworkIsolation": True,
    }
    return {"Name": name, "Type": "Model", "Arguments": arguments}


def transform(name: str = "Score", made: str = "Make", **processing_of: str) -> dict[str, Any]:
    place = {"S3DataType": "S3Prefix", "S3Uri": f"{DATA}/score/"}
    arguments: dict[str, Any] = {
        "ModelName": get(f"Steps.{made}.ModelName"),
        "TransformInput": {
            "DataSource": {"S3DataSource": place},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": f"{OUT}/{name}",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    if processing_of:
        arguments["DataProcessing"] = processing_of
    return {"Name": name, "Type": "Transform", "Arguments": arguments}


def analyzer(kind: str, image: str, inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Make a QualityCheck or ClarifyCheck step of AWS's analyzers."""
    environment = more.pop("environment", {})
    place = {"S3Uri": f"{OUT}/checks", "LocalPath": f"{LOCAL}/output", "S3UploadMode": "EndOfJob"}
    return {
        "Name": "Check",
        "Type": kind,
        "Arguments": {
            "RoleArn": ROLE,
            "AppSpecification": {"ImageUri": f"{REGISTRY}/{image}"},
            "ProcessingInputs": [
                {"InputName": name, "S3Input": each} for name, each in inputs.items()
            ],
            "ProcessingOutputConfig": {"Outputs": [{"OutputName": "result", "S3Output": place}]},
            "ProcessingResources": {"ClusterConfig": CLUSTER},
            **({"Environment": environment} if environment else {}),
        },
        **({} if "SkipCheck" in more else {"SkipCheck": True, "RegisterNewBaseline": True}),
        **more,
    }


def quality_check(kind: str, *, fields: Any = None, **environment: str) -> dict[str, Any]:
    dataset = f"{LOCAL}/input/baseline_dataset_input"
    return analyzer(
        "QualityCheck",
        "sagemaker-model-monitor-analyzer",
        {"baseline_dataset_input": source(f"{DATA}/scored/", dataset)},
        CheckType=kind,
        **(fields or {}),
        environment={
            "analysis_type": kind,
            "dataset_format": '{"csv": {"header": true}}',
            "dataset_source": dataset,
            "output_path": f"{LOCAL}/output",
            "publish_cloudwatch_metrics": "Disabled",
            **environment,
        },
    )


def condition(
    name: str, test: dict[str, Any], yes: list[Any] | None = None, no: list[Any] | None = None
) -> dict[str, Any]:
    branches = {"IfSteps": yes or [], "ElseSteps": no or []}
    return {"Name": name, "Type": "Condition", "Arguments": {"Conditions": [test], **branches}}


def fail(name: str, message: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}}


def compare(kind: str, left: Any, right: Any) -> dict[str, Any]:
    return {"Type": kind, "LeftValue": left, "RightValue": right}
