"""The built-in XGBoost algorithm: channels, hyperparameters, artefact, metrics, inference."""

from __future__ import annotations

import io
import pickle
import tarfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import xgboost

from pipeline_local.image_programs.libsvm import read_libsvm
from pipeline_local.image_programs.problem import Problem
from pipeline_local.image_programs.xgboost_channels import read_channel
from pipeline_local.image_programs.xgboost_hyperparameters import hyperparameter_problems
from pipeline_local.jobs.sandbox import namespaces_available
from pipeline_local.jobs.storage import split_uri
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps import training, transform
from pipeline_schema.definition import Step

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bench

needs_namespaces = pytest.mark.skipif(
    not namespaces_available(), reason="the kernel gives this user no namespaces"
)
IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.2-0"
HYPERPARAMETERS = {
    "num_round": "12",
    "objective": "reg:squarederror",
    "eta": "0.3",
    "max_depth": "3",
    "eval_metric": "rmse,mae",
    "nthread": "1",
    "silent": "0",
}


def rows(count: int, seed: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    random = np.random.default_rng(seed)
    features = random.uniform(0, 1, (count, 2))
    label = 3 * features[:, 0] + features[:, 1]
    return np.column_stack([label, features]).astype(np.float32)


def as_csv(table: np.ndarray[Any, np.dtype[np.float32]]) -> bytes:
    target = io.StringIO()
    np.savetxt(target, table, delimiter=",", fmt="%.9g")
    return target.getvalue().encode()


def as_libsvm(table: np.ndarray[Any, np.dtype[np.float32]]) -> bytes:
    return b"".join(b"%.9g 0:%.9g 1:%.9g\n" % tuple(map(float, row)) for row in table)


def as_parquet(table: np.ndarray[Any, np.dtype[np.float32]]) -> bytes:
    target = io.BytesIO()
    pd.DataFrame(table, columns=["y", "a", "b"]).to_parquet(target)
    return target.getvalue()


FORMS = {
    "text/csv": as_csv,
    "text/libsvm": as_libsvm,
    "application/x-parquet": as_parquet,
}


def step(content_type: str = "text/csv", **hyperparameters: str) -> Step:
    channels = [
        {
            "ChannelName": name,
            "ContentType": content_type,
            "DataSource": {"S3DataSource": {"S3Uri": f"s3://data/{name}/"}},
        }
        for name in ("train", "validation")
    ]
    request = {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "HyperParameters": {**HYPERPARAMETERS, **hyperparameters},
        "InputDataConfig": channels,
        "OutputDataConfig": {"S3OutputPath": "s3://models/"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        "EnableNetworkIsolation": True,
    }
    return Step("Train", "Training", request)


def put(bench: Bench, content_type: str = "text/csv", *, train: bytes = b"") -> None:
    write = FORMS[content_type]
    bench.s3.objects["data", "train/a"] = train or write(rows(200, 1))
    bench.s3.objects["data", "train/b"] = write(rows(50, 2))
    bench.s3.objects["data", "validation/a"] = write(rows(60, 3))


def booster_of(bench: Bench, uri: str) -> xgboost.Booster:
    with tarfile.open(fileobj=io.BytesIO(bench.s3.objects[split_uri(uri)])) as archive:
        assert archive.getnames() == ["xgboost-model"]
        member = archive.extractfile("xgboost-model")
        assert member is not None
        content = member.read()
        if content.startswith(b"\x80"):
            booster: xgboost.Booster = pickle.loads(content)  # noqa: S301 - made by this test
            return booster
        return xgboost.Booster(model_file=bytearray(content))


def is_pickled(bench: Bench, uri: str) -> bool:
    with tarfile.open(fileobj=io.BytesIO(bench.s3.objects[split_uri(uri)])) as archive:
        member = archive.extractfile("xgboost-model")
        assert member is not None
        return member.read(1) == b"\x80"


@needs_namespaces
@pytest.mark.parametrize("content_type", FORMS)
def test_it_trains_what_xgboost_would(bench: Bench, content_type: str) -> None:
    put(bench, content_type)
    work = bench.work(step(content_type))
    answer = training.run(work)
    train = np.vstack([rows(200, 1), rows(50, 2)])
    expected = xgboost.train(
        {"objective": "reg:squarederror", "eta": 0.3, "max_depth": 3, "nthread": 1},
        xgboost.DMatrix(train[:, 1:], label=train[:, 0]),
        12,
    )
    fresh = xgboost.DMatrix(rows(20, 4)[:, 1:])
    got = booster_of(bench, answer["ModelArtifacts"]["S3ModelArtifacts"]).predict(fresh)
    assert np.allclose(got, expected.predict(fresh), atol=1e-5)
    metrics = {item["MetricName"]: item["Value"] for item in answer["FinalMetricDataList"]}
    assert list(metrics) == ["train:rmse", "train:mae", "validation:rmse", "validation:mae"]
    validation = rows(60, 3)
    predicted = expected.predict(xgboost.DMatrix(validation[:, 1:]))
    rmse = float(np.sqrt(np.mean((predicted - validation[:, 0]) ** 2)))
    assert metrics["validation:rmse"] == pytest.approx(rmse, abs=1e-4)
    log = work.log.read_text()
    assert "[0]\ttrain-rmse:" in log
    assert "[11]\ttrain-rmse:" in log
    assert "Train matrix has 250 rows" in log


@pytest.mark.parametrize("delimiter", [",", ";", "\t", " ", "|"])
def test_a_channel_s_delimiter_is_guessed_and_names_apart_are_no_data(
    tmp_path: Path, delimiter: str
) -> None:
    for name in ("part-00000", "deep/part-00001"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"1{delimiter}0.5{delimiter}2\n")
    for name in ("_SUCCESS", ".part-00000.crc"):
        (tmp_path / name).write_bytes(b"\0crc")
    features, labels, _ = read_channel(tmp_path, "csv")
    assert features.tolist() == [[0.5, 2], [0.5, 2]]
    assert labels.tolist() == [1, 1]


@needs_namespaces
@pytest.mark.parametrize(("tag", "pickled"), [("3.2-0", False), ("1.0-1-cpu-py3", True)])
def test_its_artefact_answers_a_batch(bench: Bench, tag: str, pickled: bool) -> None:
    put(bench)
    asked = step(early_stopping_rounds="3")
    asked.arguments["AlgorithmSpecification"]["TrainingImage"] = IMAGE.replace("3.2-0", tag)
    trained = training.run(bench.work(asked))
    url = trained["ModelArtifacts"]["S3ModelArtifacts"]

    class Models:
        def describe_model(self, *, ModelName: str) -> dict[str, Any]:  # noqa: N803
            return {"PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": url}, "Name": ModelName}

    bench.sagemaker = Models()
    features = rows(5, 9)[:, 1:]
    bench.s3.objects["data", "batch/new.csv"] = as_csv(features)
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/batch/new.csv"}}
    request = {
        "ModelName": "m",
        "TransformInput": {"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
        "TransformOutput": {"S3OutputPath": "s3://out/s", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    transform.run(bench.work(Step("Score", "Transform", request)))
    scores = np.loadtxt(io.StringIO(bench.s3.text("s3://out/s/new.csv.out")))
    assert is_pickled(bench, url) is pickled
    assert np.allclose(scores, booster_of(bench, url).predict(xgboost.DMatrix(features)))


@needs_namespaces
@pytest.mark.parametrize(
    ("train", "changes", "words"),
    [
        (b"rings,length\n1,2\n", {}, "Problem: a: is not csv of numbers without a header"),
        (b"\n1,2\n", {}, "a: no delimiter is found in its first line"),
        (b"1,2\n3,4\n", {}, "different numbers of columns"),
        (b"", {"objective": "reg:nothing"}, "Unknown objective function"),
    ],
)
def test_what_it_cannot_use_fails_the_job_with_the_reason(
    bench: Bench, train: bytes, changes: dict[str, str], words: str
) -> None:
    put(bench, train=train)
    with pytest.raises(StepFailed, match="AlgorithmError: .*" + words):
        training.run(bench.work(step(**changes)))
    assert not [uri for uri in bench.s3.uris() if uri.startswith("s3://models")]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"eta": "1.5"}, "eta: '1.5' is not a number from 0 to 1"),
        ({"max_depth": "2.5"}, "max_depth: '2.5' is not an integer from 0"),
        ({"booster": "tree"}, "booster: 'tree' is not one of gbtree, gblinear, dart"),
        ({"learning_rate": "1"}, "learning_rate: the algorithm has no such hyperparameter"),
        ({"subsample": "0"}, "subsample: '0' is not a number above 0 to 1"),
        ({"objective": "multi:softmax"}, "num_class: is missing, which objective multi:softmax"),
    ],
)
def test_wrong_hyperparameters_are_reported_before_anything_starts(
    changes: dict[str, str], problem: str
) -> None:
    (found,) = training.problems(step(**changes))
    assert found.startswith(f"HyperParameters.{problem}")
    assert not list(training.problems(step(eta='"0.5"')))


def test_num_round_is_needed_and_unknown_values_wait() -> None:
    assert list(hyperparameter_problems({})) == ["num_round: is missing"]
    assert not list(hyperparameter_problems({"num_round": {"Get": "Parameters.Rounds"}}))


def test_libsvm_with_and_without_labels() -> None:
    features, labels = read_libsvm(["1 0:2 3:4", "0 1:5"])
    assert labels == [1, 0]
    assert features.toarray().tolist() == [[2, 0, 0, 4], [0, 5, 0, 0]]
    assert read_libsvm(["0:2", "1:3"])[1] == []
    with pytest.raises(Problem, match="line 2 is not libsvm: 'a,b'"):
        read_libsvm(["0:2", "a,b"])
