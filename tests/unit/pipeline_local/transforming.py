"""Requests of transform jobs, and the models that they name."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline_local.jobs.sandbox import namespaces_available
from pipeline_schema.definition import Step
from tests.archives import packed

needs_namespaces = pytest.mark.skipif(
    not namespaces_available(), reason="the kernel gives this user no namespaces"
)
IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:1.4-2"
ROWS = "1,2\n3,4\n5,6\n"


class Models:
    """The calls of a SageMaker client that a transform makes."""

    def __init__(self, *containers: dict[str, Any], isolated: bool = True) -> None:
        self.container, self.containers, self.isolated = containers[0], containers, isolated

    def describe_model(self, *, ModelName: str) -> dict[str, Any]:  # noqa: N803
        if ModelName == "registered":
            primary = {"ModelPackageName": "arn:package/1", "Environment": {}}
            return {"PrimaryContainer": primary, "EnableNetworkIsolation": self.isolated}
        if len(self.containers) > 1:
            return {"Containers": list(self.containers), "PrimaryContainer": {}}
        return {"PrimaryContainer": self.container, "EnableNetworkIsolation": self.isolated}

    def describe_model_package(self, *, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803
        assert ModelPackageName == "arn:package/1"
        return {"InferenceSpecification": {"Containers": [self.container]}}


def archive(**files: str) -> bytes:
    paths = {name: name.replace("__", "/").replace("_py", ".py") for name in files}
    return packed({paths[name]: text.encode() for name, text in files.items()})


def step(
    *,
    processing: dict[str, str] | None = None,
    target: dict[str, Any] | None = None,
    **changes: Any,
) -> Step:
    source = {
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/in/"}},
        "ContentType": "text/csv",
        "SplitType": "Line",
        **changes.pop("source", {}),
    }
    request = {
        "ModelName": "m",
        "TransformInput": source,
        "TransformOutput": {
            "S3OutputPath": "s3://out/scores/",
            "Accept": "text/csv",
            "AssembleWith": "Line",
            **(target or {}),
        },
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **({"DataProcessing": processing} if processing else {}),
        **changes,
    }
    return Step("Score", "Transform", request)
