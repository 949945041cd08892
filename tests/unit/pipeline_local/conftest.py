from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from mlops_common.times import now
from pipeline_local.jobs.storage import ObjectStore, etag_of, split_uri
from pipeline_local.jobs.work import RunContext, Work
from pipeline_local.runs.execution import Execution
from pipeline_local.runs.run_state import RunFolder, RunState, StepState
from pipeline_local.steps.executors import EXECUTORS, Executor
from pipeline_schema.definition import Step, parse_definition
from tests.unit.pipeline_local.scheduling import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipeline_schema.definition import Definition

IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.2-0"


class MemoryS3:
    """The calls of an S3 client that the runner makes, answered from a dictionary."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: Any) -> None:  # noqa: N803
        self.objects[Bucket, Key] = Body if isinstance(Body, bytes) else Body.read()

    def delete_object(self, *, Bucket: str, Key: str) -> None:  # noqa: N803
        del self.objects[Bucket, Key]

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        if (Bucket, Key) not in self.objects:
            error = {"Code": "NoSuchKey", "Message": "The specified key does not exist."}
            raise ClientError({"Error": error}, "GetObject")
        content = self.objects[Bucket, Key]
        return {"Body": StreamingBody(io.BytesIO(content), len(content))}

    def get_paginator(self, _operation: str) -> MemoryS3:
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        keys = sorted(key for bucket, key in self.objects if bucket == Bucket)
        yield {"Contents": [{"Key": k, "ETag": '"e"'} for k in keys if k.startswith(Prefix)]}

    def put(self, uri: str, content: str) -> None:
        self.objects[split_uri(uri)] = content.encode()

    def text(self, uri: str) -> str:
        return self.objects[split_uri(uri)].decode()

    def uris(self) -> list[str]:
        return sorted(f"s3://{bucket}/{key}" for bucket, key in self.objects)


@dataclass
class Bench:
    """A place to run single steps."""

    context: RunContext
    s3: MemoryS3
    sagemaker: Any = field(default=None)

    def work(self, step: Step) -> Work:
        return Work(step, step.arguments, step.settings, self.context)


@pytest.fixture
def s3() -> MemoryS3:
    return MemoryS3()


@pytest.fixture
def bench(tmp_path: Path, s3: MemoryS3) -> Bench:
    found = Bench(
        RunContext(
            run_id="abcdef012345",
            folder=tmp_path / "run",
            account="111122223333",
            region="eu-central-1",
            partition="aws",
            store=ObjectStore(s3),  # type: ignore[arg-type]
            client=lambda _service: None,
        ),
        s3,
    )
    found.context = replace(found.context, client=lambda _service: found.sagemaker)
    return found


@pytest.fixture
def processing_step(s3: MemoryS3) -> Callable[..., Step]:
    """Make a Processing step that runs a script given as text."""

    def make(script: str, **changes: Any) -> Step:
        s3.put("s3://code/run.py", script)
        local = "/opt/ml/processing"
        inputs = [_input("code", "s3://code/run.py", f"{local}/code")]
        for name, uri in changes.pop("inputs", {}).items():
            inputs.append(_input(name, uri, f"{local}/{name}"))
        outputs = [
            {
                "OutputName": name,
                "S3Output": {
                    "S3Uri": f"s3://out/{name}",
                    "LocalPath": f"{local}/{name}",
                    "S3UploadMode": "EndOfJob",
                },
            }
            for name in changes.pop("outputs", [])
        ]
        request = {
            "AppSpecification": {
                "ImageUri": IMAGE,
                "ContainerEntrypoint": ["python3", f"{local}/code/run.py"],
                "ContainerArguments": changes.pop("arguments", []),
            },
            "ProcessingInputs": inputs,
            "ProcessingOutputConfig": {"Outputs": outputs},
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceCount": 1,
                    "InstanceType": "ml.m5.large",
                    "VolumeSizeInGB": 1,
                }
            },
            "NetworkConfig": {"EnableNetworkIsolation": True},
            **changes,
        }
        return Step("Prepare", "Processing", request)

    return make


@pytest.fixture
def fresh_state() -> Callable[[Definition, str], RunState]:
    """Make the state of a run that has not begun."""

    def make(definition: Definition, run_id: str) -> RunState:
        return RunState(
            run_id=run_id,
            pipeline="p",
            pipeline_name="dev-p",
            environment="dev",
            account="111122223333",
            region="eu-central-1",
            partition="aws",
            parameters={},
            steps={step.name: StepState(step.type) for step in definition.steps.values()},
            started=now(),
        )

    return make


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    found = Recorder()
    monkeypatch.setitem(EXECUTORS, "Test", Executor(lambda _step: iter(()), found.run))
    return found


@pytest.fixture
def execute(
    bench: Bench, recorder: Recorder, fresh_state: Callable[[Definition, str], RunState]
) -> Callable[..., RunState]:
    def run(*steps: dict[str, Any], state: RunState | None = None) -> RunState:
        document = {"Version": "2020-12-01", "Steps": list(steps)}
        definition = parse_definition("p", document)
        fresh = state or fresh_state(definition, bench.context.run_id)
        folder = RunFolder(bench.context.folder)
        bench.context.stop.clear()
        Execution(definition, fresh, folder, bench.context, recorder).run()
        written = json.loads((folder.folder / "state.json").read_text())
        assert written == json.loads(json.dumps(fresh.to_json()))
        return fresh

    return run


@pytest.fixture
def tuning_step() -> Callable[..., Step]:
    """Make a Tuning step of the built-in XGBoost algorithm."""

    def make(
        strategy: str = "Random",
        ranges: dict[str, Any] | None = None,
        jobs: int | dict[str, str] = 3,
        config: dict[str, Any] | None = None,
        job: dict[str, Any] | None = None,
        **changes: Any,
    ) -> Step:
        eta = {"Name": "eta", "MinValue": "0.01", "MaxValue": "1"}
        objective = {"Type": "Minimize", "MetricName": "validation:rmse"}
        static = {"num_round": "8", "objective": "reg:squarederror", "nthread": "1"}
        definition = {
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "StaticHyperParameters": static,
            "InputDataConfig": [
                {
                    "ChannelName": name,
                    "ContentType": "text/csv",
                    "DataSource": {
                        "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://data/{name}/"}
                    },
                }
                for name in ("train", "validation")
            ],
            "RoleArn": "arn:aws:iam::111122223333:role/Job",
            "OutputDataConfig": {"S3OutputPath": "s3://models/tuned"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            "EnableNetworkIsolation": True,
            **(job or {}),
        }
        request = {
            "HyperParameterTuningJobConfig": {
                "Strategy": strategy,
                "HyperParameterTuningJobObjective": objective,
                "ResourceLimits": {"MaxNumberOfTrainingJobs": jobs, "MaxParallelTrainingJobs": 2},
                "ParameterRanges": ranges or {"ContinuousParameterRanges": [eta]},
                "RandomSeed": 7,
                **(config or {}),
            },
            "TrainingJobDefinition": {k: v for k, v in definition.items() if v is not None},
            **changes,
        }
        return Step("Tune", "Tuning", request)

    return make


def _input(name: str, uri: str, path: str) -> dict[str, Any]:
    source = {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": source}


__all__ = ["Bench", "MemoryS3", "etag_of"]
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")
