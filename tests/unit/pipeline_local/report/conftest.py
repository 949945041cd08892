from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.response import StreamingBody

from pipeline_local.jobs.storage import ObjectStore
from pipeline_local.runs.run_state import RunFolder, RunState, Status, StepState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUCKET = "s3://artifacts"
CODE_HASH = "ab" * 32
DATA_HASH = "cd" * 32
EVIL = "<script>alert('x')</script>\"&"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


class Objects:
    """The calls of an S3 client that a report makes."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self.objects = objects

    def get_paginator(self, _operation: str) -> Objects:
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        start = f"s3://{Bucket}/"
        keys = sorted(uri.removeprefix(start) for uri in self.objects if uri.startswith(start))
        yield {"Contents": [{"Key": k, "ETag": '"e"'} for k in keys if k.startswith(Prefix)]}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        content = self.objects[f"s3://{Bucket}/{Key}"]
        return {"Body": StreamingBody(io.BytesIO(content), len(content))}


def _step(second: int, kind: str, **more: Any) -> StepState:
    return StepState(
        kind,
        status=more.pop("status", Status.SUCCEEDED),
        started=f"2026-11-23T22:24:{second:02}.000+00:00",
        ended=f"2026-11-23T22:24:{second + 3:02}.000+00:00",
        attempts=1,
        **more,
    )


def _outputs(step: str, *names: str) -> dict[str, Any]:
    listed = [
        {"OutputName": name, "S3Output": {"S3Uri": f"{BUCKET}/runs/{step}/{name}"}}
        for name in names
    ]
    return {"ProcessingOutputConfig": {"Outputs": listed}}


def _inputs(**uris: str) -> dict[str, Any]:
    return {
        "ProcessingInputs": [
            {"InputName": name, "S3Input": {"S3Uri": uri}} for name, uri in uris.items()
        ]
    }


@pytest.fixture
def state() -> RunState:
    code = f"{BUCKET}/code/{CODE_HASH}"
    model = f"{BUCKET}/models/Train/model.tar.gz"
    register = {
        "ModelPackageGroupName": "snails",
        "ModelPackageVersion": 7,
        "ModelPackageArn": "arn:aws:sagemaker:eu-central-1:111122223333:model-package/snails/7",
        "ModelApprovalStatus": "PendingManualApproval",
        "CustomerMetadataProperties": {"CodeHash": CODE_HASH},
    }
    train_input = {"S3DataSource": {"S3Uri": f"{BUCKET}/runs/Prepare/train"}}
    return RunState(
        run_id="0123456789ab",
        pipeline="training",
        pipeline_name="x-training",
        environment="dev",
        account="111122223333",
        region="eu-central-1",
        partition="aws",
        parameters={"InputDataUrl": "s3://data/raw/", "Note": EVIL},
        steps={
            "Prepare": _step(
                1,
                "Processing",
                arguments=_inputs(code=code, data="s3://data/raw/"),
                properties=_outputs("Prepare", "train", "report"),
            ),
            "Train": _step(
                4,
                "Training",
                arguments={
                    "InputDataConfig": [{"ChannelName": "train", "DataSource": train_input}]
                },
                properties={"ModelArtifacts": {"S3ModelArtifacts": model}},
            ),
            "Evaluate": _step(
                7,
                "Processing",
                arguments=_inputs(model=model),
                properties=_outputs("Evaluate", "evaluation"),
            ),
            "Check": _step(10, "Condition", properties={"Conditions": ["3.9 <= 5.0: True"]}),
            "Register": _step(13, "RegisterModel", properties=register),
            "TooBad": StepState("Fail", status=Status.NOT_TAKEN),
        },
        status=Status.SUCCEEDED,
        started="2026-11-23T22:24:00.000+00:00",
        ended="2026-11-23T22:24:17.000+00:00",
        data={"sha256": DATA_HASH, "source": "a file", "synthetic": False},
    )


DEFINITION = {
    "Version": "2020-12-01",
    "Steps": [
        {"Name": "Prepare", "Type": "Processing", "Arguments": {}},
        {"Name": "Train", "Type": "Training", "Arguments": {}, "DependsOn": ["Prepare"]},
        {
            "Name": "Evaluate",
            "Type": "Processing",
            "Arguments": {},
            "DependsOn": ["Prepare", "Train"],
        },
        {
            "Name": "Check",
            "Type": "Condition",
            "DependsOn": ["Evaluate"],
            "Arguments": {
                "Conditions": [{"Type": "Equals", "LeftValue": 1, "RightValue": 1}],
                "IfSteps": [{"Name": "Register", "Type": "RegisterModel", "Arguments": {}}],
                "ElseSteps": [{"Name": "TooBad", "Type": "Fail", "Arguments": {}}],
            },
        },
    ],
}


@pytest.fixture
def folder(tmp_path: Path, state: RunState) -> RunFolder:
    folder = RunFolder(tmp_path / state.run_id)
    (folder.folder / "logs").mkdir(parents=True)
    (folder.folder / "logs" / "Train.log").write_text(f"round 1\n{EVIL}\n")
    folder.save_definition(DEFINITION)
    folder.save(state)
    return folder


@pytest.fixture
def objects() -> dict[str, bytes]:
    evaluation = {
        "regression_metrics": {"mse": {"value": 3.88316, "standard_deviation": 0.355}},
        "champion": {"present": True, "model_package_arn": "arn:old", "mse": {"value": 4.5}},
        "baseline": {"method": "the mean", "mse": {"value": 10.2}},
    }
    report = {
        "rows": {"read": 4177, "set_aside": 2, "reasons": {"r": {"meaning": EVIL, "count": 2}}},
        "columns": {"rings": {"counts": {"8": 5, "9": 7}}},
    }
    numbers = {
        "common": {"num_missing": 0},
        "mean": 0.5,
        "distribution": {"kll": {"buckets": [{"count": 1.0}, {"count": 3.0}]}},
    }
    statistics = {"features": [{"name": "length", "numerical_statistics": numbers}]}
    constraints = {
        "features": [
            {"name": "length", "completeness": 1.0, "num_constraints": {"is_non_negative": True}}
        ]
    }
    found = {"violations": [{"feature_name": "length", "description": "drifted far"}]}
    run = f"{BUCKET}/runs"
    return {
        f"{run}/Prepare/train/a.parquet": b"rows",
        f"{run}/Prepare/train-of-another/b.parquet": b"not ours",
        f"{run}/Prepare/report/data_report.json": json.dumps(report).encode(),
        f"{run}/Prepare/report/statistics.json": json.dumps(statistics).encode(),
        f"{run}/Prepare/report/constraints.json": json.dumps(constraints).encode(),
        f"{run}/Prepare/report/constraint_violations.json": json.dumps(found).encode(),
        f"{BUCKET}/models/Train/model.tar.gz": b"the model",
        f"{run}/Evaluate/evaluation/evaluation.json": json.dumps(evaluation).encode(),
        f"{run}/Evaluate/evaluation/plots/residuals.png": PNG,
    }


@pytest.fixture
def store(objects: dict[str, bytes]) -> ObjectStore:
    client: Any = Objects(objects)
    return ObjectStore(client)
