"""What a training job runs, and what it finds and leaves: each field of its request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.jobs.sandbox import namespaces_available
from pipeline_local.steps import training
from pipeline_schema.definition import Step

if TYPE_CHECKING:
    from conftest import Bench

pytestmark = pytest.mark.skipif(
    not namespaces_available(), reason="the kernel gives this user no namespaces"
)
IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.2-0"


def job(bench: Bench, script: str, **changes: Any) -> Step:
    """Make a step whose job runs a script of its channel `code`."""
    bench.s3.put("s3://code/job/run.sh", script)
    channel = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://code/job/"}}
    request = {
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/bash"],
            "ContainerArguments": ["-c", "bash /opt/ml/input/data/code/run.sh"],
        },
        "HyperParameters": {"num_round": "3", "objective": "reg:squarederror"},
        "InputDataConfig": [{"ChannelName": "code", "DataSource": channel}],
        "OutputDataConfig": {"S3OutputPath": "s3://models/run"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **changes,
    }
    return Step("Train", "Training", request)


def test_the_entry_point_of_the_request_runs_and_not_the_algorithm(bench: Bench) -> None:
    # As `ModelTrainer` of SDK 3 writes a script: no `sagemaker_program` among hyperparameters.
    script = "echo mine; cat /opt/ml/input/config/hyperparameters.json; env | grep ^TRAINING"
    step = job(bench, script)
    assert not list(training.problems(step))
    work = bench.work(step)
    training.run(work)
    said = work.log.read_text()
    assert said.startswith("mine")
    assert '"num_round": "3"' in said
    assert f"TRAINING_JOB_NAME={work.job_name}" in said


def test_an_entry_point_makes_hyperparameters_free(bench: Bench) -> None:
    step = job(bench, "true", HyperParameters={"anything": "goes"})
    assert not list(training.problems(step))


def test_arguments_without_an_entry_point_are_refused_by_name(bench: Bench) -> None:
    step = job(bench, "true")
    del step.arguments["AlgorithmSpecification"]["ContainerEntrypoint"]
    assert [line.partition(":")[0] for line in training.problems(step)] == [
        "AlgorithmSpecification.ContainerArguments"
    ]
