"""What a training job runs, and what it finds and leaves: each field of its request."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.jobs.sandbox import namespaces_available
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps import training
from pipeline_local.steps.job_facts import job_facts
from pipeline_schema.definition import Step
from pipeline_schema.request_fields import field_table
from tests.archives import packed
from tests.unit.pipeline_local.watched import Watched, honoured
from tests.unit.pipeline_schema.responses import made_by

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
        "AlgorithmSpecification.ContainerArguments",
        "InputDataConfig",
    ]


CHECKPOINT = """
mkdir -p /opt/ml/checkpoints/deep
echo "found: $(cd /opt/ml/checkpoints && find . -type f | sort | tr '\\n' ' ')"
echo weights > /opt/ml/checkpoints/deep/epoch-$(find /opt/ml/checkpoints -type f | wc -l)
"""


def test_checkpoints_are_in_s3_afterwards_and_restored(bench: Bench) -> None:
    config = {"S3Uri": "s3://models/kept"}
    bench.s3.put("s3://models/kept-not/other", "of another job")
    work = bench.work(job(bench, CHECKPOINT, CheckpointConfig=config))
    training.run(work)
    assert bench.s3.text("s3://models/kept/deep/epoch-0") == "weights\n"
    training.run(work)
    assert "found: ./deep/epoch-0 \n" in work.log.read_text()
    assert bench.s3.text("s3://models/kept/deep/epoch-1") == "weights\n"


def test_checkpoints_of_a_failed_and_of_a_killed_job_are_kept(bench: Bench) -> None:
    config = {"S3Uri": "s3://models/kept/", "LocalPath": "/opt/ml/mine"}
    step = job(bench, "echo 1 > /opt/ml/mine/one; exit 3", CheckpointConfig=config)
    with pytest.raises(StepFailed):
        training.run(bench.work(step))
    assert bench.s3.text("s3://models/kept/one") == "1\n"
    left = bench.work(step).folder / "ml" / "mine"
    left.mkdir(parents=True, exist_ok=True)
    (left / "two").write_text("2")
    training.run(bench.work(job(bench, "ls /opt/ml/mine", CheckpointConfig=config)))
    assert bench.work(step).log.read_text().endswith("one\ntwo\n")


@pytest.mark.parametrize("place", ["/var/x", "/opt/ml/input/data", "/opt/ml", "/opt/ml/../x"])
def test_checkpoints_lie_in_a_folder_of_their_own(bench: Bench, place: str) -> None:
    config = {"S3Uri": "s3://models/kept", "LocalPath": place}
    (problem,) = training.problems(job(bench, "", CheckpointConfig=config))
    assert problem.startswith(f"CheckpointConfig.LocalPath: {place!r} is not")


def test_a_model_is_uploaded_uncompressed(bench: Bench) -> None:
    script = (
        "mkdir /opt/ml/model/deep; echo m > /opt/ml/model/deep/m; echo d > /opt/ml/output/data/d"
    )
    output = {"S3OutputPath": "s3://models/run", "CompressionType": "NONE"}
    work = bench.work(job(bench, script, OutputDataConfig=output))
    base = f"s3://models/run/{work.job_name}/output"
    answer = training.run(work)
    assert answer["ModelArtifacts"]["S3ModelArtifacts"] == f"{base}/model/"
    assert bench.s3.text(f"{base}/model/deep/m") == "m\n"
    assert bench.s3.text(f"{base}/data/d") == "d\n"


def test_the_first_preferred_instance_is_that_of_the_job(bench: Bench) -> None:
    wanted = [{"InstanceType": "ml.m5.large", "InstanceCount": 1}, {"InstanceType": "ml.c5.large"}]
    resources = {"VolumeSizeInGB": 1, "InstancePreferences": wanted}
    script = "cat /opt/ml/input/config/resourceconfig.json"
    step = job(bench, script, ResourceConfig=resources)
    assert not list(training.problems(step))
    training.run(bench.work(step))
    assert '"current_instance_type": "ml.m5.large"' in bench.work(step).log.read_text()


@pytest.mark.parametrize(
    ("resources", "problem"),
    [
        (None, "ResourceConfig: is missing"),
        ({"InstanceCount": 1}, "ResourceConfig.InstanceType: is missing, and so are InstancePref"),
        ({"InstancePreferences": []}, "ResourceConfig.InstanceType: is missing"),
    ],
)
def test_a_job_without_instances_is_refused(bench: Bench, resources: Any, problem: str) -> None:
    step = job(bench, "", ResourceConfig=resources)
    if resources is None:
        del step.arguments["ResourceConfig"]
    (found,) = training.problems(step)
    assert found.startswith(problem)


@pytest.mark.parametrize("field", ["TrainingInputMode", "InputMode"])
def test_a_stream_for_a_program_of_the_user_is_refused(bench: Bench, field: str) -> None:
    step = job(bench, "")
    where = "AlgorithmSpecification.TrainingInputMode"
    if field == "InputMode":
        where = "InputDataConfig[0].InputMode"
        step.arguments["InputDataConfig"][0][field] = "Pipe"
    else:
        step.arguments["AlgorithmSpecification"][field] = "Pipe"
    (found,) = training.problems(step)
    assert found.startswith(f"{where}: 'Pipe' is refused: ")
    step.arguments["InputDataConfig"][0]["InputMode"] = "FastFile"
    assert not list(training.problems(step))


def scripted(bench: Bench, program: str, text: str, **hyperparameters: str) -> Step:
    """Make a step whose job runs a program in script mode."""
    bench.s3.objects["code", "sourcedir.tar.gz"] = packed({program: text.encode()})
    named = {
        "sagemaker_program": program,
        "sagemaker_submit_directory": "s3://code/sourcedir.tar.gz",
    }
    algorithm = {"TrainingImage": IMAGE, "TrainingInputMode": "File"}
    return job(
        bench, "", AlgorithmSpecification=algorithm, HyperParameters={**named, **hyperparameters}
    )


def test_a_shell_script_is_a_command(bench: Bench) -> None:
    step = scripted(bench, "deep/go.sh", 'echo "in $PWD with: $*|$3"', eta="0.5", name='"a b"')
    training.run(bench.work(step))
    said = bench.work(step).log.read_text()
    assert said == "in /opt/ml/code with: --eta 0.5 --name a b|--name\n"


def test_arguments_are_written_as_the_toolkit_writes_them(bench: Bench) -> None:
    text = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))"
    given = {
        "nothing": "null",
        "table": '{"b": 2, "a": 1}',
        "on": "true",
        "a-b": "[1, 2]",
        "n": "07",
    }
    step = scripted(bench, "t.py", text, **given)
    training.run(bench.work(step))
    arguments, variables = json.loads(bench.work(step).log.read_text())
    assert arguments == [
        *("--a-b", "[1, 2]", "-n", "07", "--nothing", "", "--on", "True", "--table", "a=1,b=2"),
    ]
    assert variables["SM_HP_A-B"] == "[1,2]"
    assert variables["SM_HP_NOTHING"] == ""
    assert json.loads(variables["SM_USER_ARGS"]) == arguments


def test_a_script_finds_its_whole_environment(bench: Bench) -> None:
    text = "import os; print(os.environ['SM_TRAINING_ENV']); print(dict(os.environ))"
    step = scripted(bench, "t.py", text, eta="0.5", sagemaker_container_log_level="10")
    training.run(bench.work(step))
    first, second = bench.work(step).log.read_text().splitlines()
    known, variables = json.loads(first), ast.literal_eval(second)
    assert known["channel_input_dirs"] == {"code": "/opt/ml/input/data/code"}
    assert known["hyperparameters"] == {"eta": 0.5}
    assert known["resource_config"] == json.loads(variables["SM_RESOURCE_CONFIG"])
    assert known["resource_config"]["current_instance_type"] == "ml.m5.large"
    assert known["input_data_config"] == json.loads(variables["SM_INPUT_DATA_CONFIG"])
    assert known["input_data_config"]["code"]["TrainingInputMode"] == "File"
    assert known["log_level"] == 10
    assert (known["is_master"], known["master_hostname"]) == (True, "algo-1")
    assert known["job_name"] == variables["SM_JOB_NAME"] == bench.work(step).job_name
    assert variables["SM_DISTRIBUTION_INSTANCE_GROUPS"] == "[]"
    for name in ("module_name", "user_entry_point", "current_instance_type", "hosts", "num_cpus"):
        value = variables[f"SM_{name.upper()}"]
        assert str(known[name]) == value or known[name] == json.loads(value)


def test_every_field_of_a_training_job_that_is_honoured_is_read(bench: Bench) -> None:
    step = scripted(bench, "t.py", "print('rmse=1')")
    spot = {"S3Uri": "s3://models/kept", "LocalPath": "/opt/ml/kept"}
    algorithm = step.arguments["AlgorithmSpecification"]
    algorithm["MetricDefinitions"] = [{"Name": "rmse", "Regex": "rmse=(.)"}]
    asked: set[str] = set()
    changes = {
        "CheckpointConfig": spot,
        "ResourceConfig": {"InstancePreferences": [{"InstanceType": "ml.m5.large"}]},
    }
    request = Watched({**step.arguments, **changes}, asked)
    watched = Step("Train", "Training", request)
    assert not list(training.problems(watched))
    answer = training.run(bench.work(watched))
    assert made_by("Training") <= {*answer, *job_facts("Training", "then", "later")}
    wanted = set(honoured(field_table()["CreateTrainingJob"]))
    assert not wanted - asked, sorted(wanted - asked)
