"""Jobs on several instances: each a process with a host's name, view and share of the data."""

from __future__ import annotations

import io
import json
import tarfile
import time
from typing import TYPE_CHECKING, Any

import pytest

from mlops_common.archives import pack
from pipeline_local.jobs import containers, instances
from pipeline_local.jobs.sandbox import namespaces_available
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps import processing, training
from pipeline_schema.definition import Step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Bench

needs_namespaces = pytest.mark.skipif(
    not namespaces_available(), reason="the kernel gives this user no namespaces"
)
IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.2-0"
# Every host sends the names of its files to the first, which writes them into the model.
TRAIN = """
import json, os, pathlib, socket
hosts, host = json.loads(os.environ["SM_HOSTS"]), os.environ["SM_CURRENT_HOST"]
config = json.loads(pathlib.Path("/opt/ml/input/config/resourceconfig.json").read_text())
assert (config["hosts"], config["current_host"]) == (hosts, host) and socket.gethostname() == host
files = sorted(p.name for p in pathlib.Path(os.environ["SM_CHANNEL_TRAIN"]).iterdir())
everything = sorted(p.name for p in pathlib.Path(os.environ["SM_CHANNEL_COMMON"]).iterdir())
pathlib.Path(f"/opt/ml/model/{host}.json").write_text(json.dumps([files, everything]))
if host == hosts[0]:
    found = {host: files}
    with socket.create_server((host, 7777)) as server:
        server.settimeout(20)
        while len(found) < len(hosts):
            peer, address = server.accept()
            with peer:
                found.update(json.loads(peer.makefile().read()))
    pathlib.Path("/opt/ml/model/all.json").write_text(json.dumps(found))
else:
    for _ in range(200):
        try:
            with socket.create_connection((hosts[0], 7777), 5) as peer:
                peer.sendall(json.dumps({host: files}).encode())
            break
        except ConnectionRefusedError:
            import time
            time.sleep(0.05)
print(f"score={len(files)} of {host}")
"""


def train_step(bench: Bench, folder: Path, script: str, count: int, **changes: Any) -> Step:
    code = folder / "code"
    code.mkdir()
    (code / "train.py").write_text(script)
    pack(code, folder / "code.tar.gz")
    bench.s3.objects["code", "sourcedir.tar.gz"] = (folder / "code.tar.gz").read_bytes()
    channels = (("train", "ShardedByS3Key"), ("common", "FullyReplicated"))
    sources = [
        {"S3Uri": f"s3://data/{name}/", "S3DataDistributionType": how} for name, how in channels
    ]
    sources.append({"S3Uri": "s3://code/sourcedir.tar.gz"})
    names = ("train", "common", "code")
    request = {
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "MetricDefinitions": [{"Name": "score", "Regex": "score=([0-9]+)"}],
        },
        "HyperParameters": {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": "/opt/ml/input/data/code/sourcedir.tar.gz",
        },
        "InputDataConfig": [
            {"ChannelName": name, "DataSource": {"S3DataSource": source}}
            for name, source in zip(names, sources, strict=True)
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://models/run"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": count},
        "EnableNetworkIsolation": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **changes,
    }
    for name in ("train", "common"):
        for letter in "abcd":
            bench.s3.put(f"s3://data/{name}/{letter}.csv", letter)
    return Step("Train", "Training", request)


@needs_namespaces
def test_hosts_of_a_training_job_share_the_data_and_meet_by_name(
    bench: Bench, tmp_path: Path
) -> None:
    work = bench.work(train_step(bench, tmp_path, TRAIN, 3))
    answer = training.run(work)
    bucket, _, key = answer["ModelArtifacts"]["S3ModelArtifacts"][5:].partition("/")
    with tarfile.open(fileobj=io.BytesIO(bench.s3.objects[bucket, key])) as archive:
        files = {
            member.name: json.load(archive.extractfile(member))  # type: ignore[arg-type]
            for member in archive
            if member.isfile()
        }
    shares = {"algo-1": ["a.csv", "d.csv"], "algo-2": ["b.csv"], "algo-3": ["c.csv"]}
    assert files.pop("all.json") == shares
    everything = [f"{letter}.csv" for letter in "abcd"]
    assert files == {f"{host}.json": [share, everything] for host, share in shares.items()}
    # Of a metric that several hosts print, that of the first counts.
    assert [each["Value"] for each in answer["FinalMetricDataList"]] == [2.0]
    assert work.log.read_text() == "score=2 of algo-1\n"
    assert work.log.with_name("Train.algo-3.log").read_text() == "score=1 of algo-3\n"
    assert not work.folder.exists()


@needs_namespaces
def test_one_host_that_fails_ends_the_others_and_is_named(bench: Bench, tmp_path: Path) -> None:
    script = """
import os, sys, time
if os.environ["SM_CURRENT_HOST"] == "algo-2":
    open("/opt/ml/output/failure", "w").write("no more memory")
    print("nearly there"); sys.exit(3)
time.sleep(60)
"""
    work = bench.work(train_step(bench, tmp_path, script, 2))
    started = time.monotonic()
    with pytest.raises(StepFailed) as error:
        training.run(work)
    assert time.monotonic() - started < 20
    assert str(error.value) == "AlgorithmError: no more memory, exit code: 3 on algo-2 of 2"
    assert "last lines of algo-2" in work.log.read_text()
    assert "nearly there" in work.log.read_text()
    assert not [uri for uri in bench.s3.uris() if uri.startswith("s3://models")]


@needs_namespaces
def test_hosts_of_a_processing_job_write_to_one_place(
    bench: Bench, processing_step: Callable[..., Step]
) -> None:
    script = """
import json, pathlib
root = pathlib.Path("/opt/ml")
host = json.loads((root / "config/resourceconfig.json").read_text())["current_host"]
names = sorted(p.name for p in (root / "processing/data").iterdir())
(root / f"processing/out/{host}.txt").write_text(" ".join(names))
"""
    for letter in "abc":
        bench.s3.put(f"s3://data/raw/{letter}.csv", letter)
    step = processing_step(script, inputs={"data": "s3://data/raw/"}, outputs=["out"])
    step.arguments["ProcessingInputs"][1]["S3Input"]["S3DataDistributionType"] = "ShardedByS3Key"
    step.arguments["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = 2
    processing.run(bench.work(step))
    assert bench.s3.text("s3://out/out/algo-1.txt") == "a.csv c.csv"
    assert bench.s3.text("s3://out/out/algo-2.txt") == "b.csv"


@needs_namespaces
def test_a_host_without_a_share_finds_an_empty_channel(bench: Bench, tmp_path: Path) -> None:
    script = """
import os, pathlib
print(len(list(pathlib.Path(os.environ["SM_CHANNEL_TRAIN"]).iterdir())), "files")
"""
    work = bench.work(train_step(bench, tmp_path, script, 5))
    training.run(work)
    assert work.log.with_name("Train.algo-5.log").read_text() == "0 files\n"


def test_without_namespaces_there_is_one_instance_only(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (containers, instances):
        monkeypatch.setattr(module, "namespaces_available", lambda: False)
    step = train_step(bench, tmp_path, TRAIN, 2)
    (problem,) = training.problems(step)
    assert problem.startswith("ResourceConfig.InstanceCount: 2 instances: this machine allows no")
    with pytest.raises(StepFailed, match="2 instances: this machine allows no namespaces"):
        training.run(bench.work(step))
    step.arguments["ResourceConfig"]["InstanceCount"] = 1
    assert list(training.problems(step)) == []
