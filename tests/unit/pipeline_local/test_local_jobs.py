"""The container contract of jobs, kept with real processes in namespaces."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mlops_common.archives import pack
from pipeline_local.jobs.sandbox import namespaces_available
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps import processing, register_model, training
from pipeline_schema.definition import Step
from tests.archives import packed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Bench

pytestmark = pytest.mark.skipif(
    not namespaces_available(), reason="the kernel gives this user no namespaces"
)
IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.2-0"
PREPARE = """
import json, os, sys, pathlib
root = pathlib.Path("/opt/ml")
job = json.loads((root / "config/processingjobconfig.json").read_text())
hosts = json.loads((root / "config/resourceconfig.json").read_text())
out = root / "processing/train"
(out / "deep").mkdir()
(out / "deep" / "facts.json").write_text(json.dumps({
    "arguments": sys.argv[1:], "mode": os.environ["MODE"], "name": job["ProcessingJobName"],
    "hosts": hosts["hosts"], "region": os.environ["AWS_REGION"],
    "inputs": sorted(str(p.relative_to(root / "processing/data"))
                     for p in (root / "processing/data").rglob("*") if p.is_file())}))
(root / "output/message").write_text("3 rows set aside")
print("hello from the job")
"""


def test_a_processing_job(bench: Bench, processing_step: Callable[..., Step]) -> None:
    bench.s3.put("s3://data/raw/a.csv", "1")
    bench.s3.put("s3://data/raw/sub/b.csv", "2")
    bench.s3.put("s3://data/raw/sub/", "")
    bench.s3.put("s3://data/raw-other/c.csv", "3")
    step = processing_step(
        PREPARE,
        inputs={"data": "s3://data/raw/"},
        outputs=["train"],
        arguments=["--seed", "20"],
        Environment={"MODE": "fit"},
    )
    work = bench.work(step)
    answer = processing.run(work)
    facts = json.loads(bench.s3.text("s3://out/train/deep/facts.json"))
    assert facts == {
        "arguments": ["--seed", "20"],
        "mode": "fit",
        "name": work.job_name,
        "hosts": ["algo-1"],
        "region": "eu-central-1",
        "inputs": ["a.csv", "sub/b.csv"],
    }
    assert answer["ProcessingJobStatus"] == "Completed"
    assert answer["ExitMessage"] == "3 rows set aside"
    assert answer["ProcessingJobArn"].endswith(f":processing-job/{work.job_name}")
    assert work.log.read_text() == "hello from the job\n"
    assert not work.folder.exists()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("import sys; print('bad row 7'); sys.exit(3)", "AlgorithmError: bad row 7, exit code: 3"),
        ("raise ValueError('no such column')", "AlgorithmError: ValueError: no such column, exit"),
        (
            "open('/opt/ml/output/failure', 'w').write('5 of 9 rows'); raise SystemExit(1)",
            "AlgorithmError: 5 of 9 rows, exit code: 1",
        ),
    ],
)
def test_a_failing_job_says_why_and_leaves_nothing(
    bench: Bench, processing_step: Callable[..., Step], script: str, reason: str
) -> None:
    write = "open('/opt/ml/processing/train/part', 'w').write('half');"
    step = processing_step(write + script, outputs=["train"])
    with pytest.raises(StepFailed) as error:
        processing.run(bench.work(step))
    assert str(error.value).startswith(reason)
    assert bench.s3.uris() == ["s3://code/run.py"]


@pytest.mark.parametrize(
    "script",
    [
        "import socket; socket.create_connection(('192.0.2.1', 443), 5)",
        "import urllib.request; urllib.request.urlopen('https://example.com', timeout=5)",
    ],
)
def test_a_socket_under_isolation_fails_with_the_reason(
    bench: Bench, processing_step: Callable[..., Step], script: str
) -> None:
    with pytest.raises(StepFailed, match=r"no network: step Prepare sets EnableNetworkIsolation"):
        processing.run(bench.work(processing_step(script)))


def test_a_package_of_the_image_that_is_not_here_is_named(
    bench: Bench, processing_step: Callable[..., Step]
) -> None:
    step = processing_step("from sagemaker_training import environment")
    with pytest.raises(StepFailed, match=r"AWS's image brings sagemaker_training, which is not"):
        processing.run(bench.work(step))


def test_an_image_has_its_variables(bench: Bench, processing_step: Callable[..., Step]) -> None:
    step = processing_step("import os; print(os.environ['SM_INPUT_DATA_CONFIG_FILE'])")
    processing.run(bench.work(step))
    assert bench.work(step).log.read_text() == "/opt/ml/input/config/inputdataconfig.json\n"


def test_an_input_without_objects_fails(bench: Bench, processing_step: Callable[..., Step]) -> None:
    step = processing_step("", inputs={"data": "s3://data/nothing/"})
    with pytest.raises(StepFailed, match="input data: no object under s3://data/nothing/"):
        processing.run(bench.work(step))


def test_a_job_over_its_time_fails(bench: Bench, processing_step: Callable[..., Step]) -> None:
    limit = {"MaxRuntimeInSeconds": 0.4}
    step = processing_step("import time; time.sleep(30)", StoppingCondition=limit)
    with pytest.raises(StepFailed, match="MaxRuntimeExceeded"):
        processing.run(bench.work(step))


def test_a_second_attempt_starts_afresh(bench: Bench, processing_step: Callable[..., Step]) -> None:
    script = "import os; print(os.listdir('/opt/ml/processing/train'))"
    step = processing_step(script, outputs=["train"])
    left = bench.work(step).folder / "ml" / "processing" / "train"
    left.mkdir(parents=True)
    (left / "half").touch()
    processing.run(bench.work(step))
    assert bench.work(step).log.read_text() == "[]\n"


TRAIN = """
import argparse, json, os, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--eta", type=float)
parser.add_argument("--name")
arguments = parser.parse_args()
assert os.environ["SM_MODEL_DIR"] == "/opt/ml/model"
assert json.loads(os.environ["SM_HPS"]) == {"eta": 0.25, "name": "x"}
assert os.environ["SM_HP_ETA"] == "0.25" and json.loads(os.environ["SM_CHANNELS"]) == [
    "code", "train"]
raw = json.loads(pathlib.Path("/opt/ml/input/config/hyperparameters.json").read_text())
assert raw["eta"] == "0.25" and raw["name"] == '"x"', raw
config = json.loads(pathlib.Path("/opt/ml/input/config/inputdataconfig.json").read_text())
assert config["train"]["TrainingInputMode"] == "File"
rows = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"], "rows.csv").read_text()
import helper
pathlib.Path("/opt/ml/model/model.json").write_text(f"{arguments.eta} {rows} {helper.WORD}")
pathlib.Path("/opt/ml/output/data/plot.txt").write_text("plot")
for round, rmse in enumerate([3.5, 2.25]):
    print(f"[{round}] rmse={rmse}")
"""


def source_archive(**files: str) -> bytes:
    return packed({f"{name}.py": text.encode() for name, text in files.items()})


@pytest.fixture
def train_step(bench: Bench) -> Step:
    bench.s3.objects["code", "abc/sourcedir.tar.gz"] = source_archive(train=TRAIN, helper="WORD=9")
    bench.s3.put("s3://data/train/rows.csv", "1,2")
    request = {
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [
                {"Name": "validation:rmse", "Regex": r"rmse=([0-9.]+)"},
                {"Name": "absent", "Regex": r"mae=([0-9.]+)"},
            ],
        },
        "HyperParameters": {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": "/opt/ml/input/data/code/sourcedir.tar.gz",
            "eta": "0.25",
            "name": '"x"',
        },
        "InputDataConfig": [
            {"ChannelName": name, "DataSource": {"S3DataSource": {"S3Uri": uri}}}
            for name, uri in (
                ("train", "s3://data/train/"),
                ("code", "s3://code/abc/sourcedir.tar.gz"),
            )
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://models/run"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        "EnableNetworkIsolation": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    return Step("Train", "Training", request)


def test_a_training_job(bench: Bench, train_step: Step) -> None:
    work = bench.work(train_step)
    answer = training.run(work)
    uri = answer["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == f"s3://models/run/{work.job_name}/output/model.tar.gz"
    first = bench.s3.objects["models", uri.removeprefix("s3://models/")]
    with tarfile.open(fileobj=io.BytesIO(first)) as archive:
        model = archive.extractfile("model.json")
        assert model is not None
        assert model.read() == b"0.25 1,2 9"
    assert uri.replace("model.tar", "output.tar") in bench.s3.uris()
    (metric,) = answer["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("validation:rmse", 2.25)

    training.run(work)
    assert bench.s3.objects["models", uri.removeprefix("s3://models/")] == first


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sagemaker_program": "other.py"}, "there is no other.py in"),
        ({"sagemaker_submit_directory": "/opt/ml/input/data/none.tgz"}, "cannot be unpacked"),
        ({"sagemaker_submit_directory": "s3://code/abc/sourcedir.tar.gz"}, "cannot fetch; bring"),
    ],
)
def test_code_that_cannot_be_had_is_named(
    bench: Bench, train_step: Step, changes: dict[str, str], reason: str
) -> None:
    train_step.arguments["HyperParameters"].update(changes)
    with pytest.raises(StepFailed) as error:
        training.run(bench.work(train_step))
    assert reason in str(error.value)
    assert not [uri for uri in bench.s3.uris() if uri.startswith("s3://models")]


def test_code_comes_from_s3_where_there_is_a_network(bench: Bench, train_step: Step) -> None:
    source = {"sagemaker_submit_directory": "s3://code/abc/sourcedir.tar.gz"}
    train_step.arguments["HyperParameters"].update(source)
    train_step.arguments["EnableNetworkIsolation"] = False
    assert training.run(bench.work(train_step))["TrainingJobStatus"] == "Completed"


def test_archives_depend_on_content_alone(tmp_path: Path) -> None:
    for place, names in (("a", ("x", "y")), ("b", ("y", "x"))):
        (tmp_path / place).mkdir()
        for name in names:
            (tmp_path / place / name).write_text(name)
    (tmp_path / "b" / "x").chmod(0o700)
    pack(tmp_path / "a", tmp_path / "a.tgz")
    pack(tmp_path / "b", tmp_path / "b.tgz")
    assert (tmp_path / "a.tgz").read_bytes() == (tmp_path / "b.tgz").read_bytes()


def test_registering_again_uses_the_same_token(bench: Bench) -> None:
    asked = []

    class Client:
        def create_model_package(self, **request: Any) -> dict[str, str]:
            asked.append(request)
            return {"ModelPackageArn": "arn"}

        def describe_model_package(self, **_request: Any) -> dict[str, Any]:
            return {"ModelPackageArn": "arn", "ResponseMetadata": {}}

    bench.sagemaker = Client()
    step = Step("Register", "RegisterModel", {"ModelPackageGroupName": "g"})
    for _ in range(2):
        assert register_model.run(bench.work(step)) == {"ModelPackageArn": "arn"}
    other = replace(bench.work(step), run=replace(bench.context, run_id="other"))
    register_model.run(other)
    tokens = [request["ClientToken"] for request in asked]
    assert tokens[0] == tokens[1] != tokens[2]
    assert all(len(token) <= 36 for token in tokens)
