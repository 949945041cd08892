"""Batch transform with real processes: handlers, records, filters, joins and refusals."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.jobs.storage import split_uri
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps import transform
from tests.unit.pipeline_local.transforming import (
    IMAGE,
    ROWS,
    Models,
    archive,
    needs_namespaces,
    step,
)

if TYPE_CHECKING:
    from conftest import Bench

SUM = """
import pathlib
def model_fn(model_dir):
    return float(pathlib.Path(model_dir, "offset.txt").read_text())
def input_fn(body, content_type):
    assert isinstance(body, str) and content_type == "text/csv", (body, content_type)
    return [[float(cell) for cell in line.split(",")] for line in body.splitlines()]
def predict_fn(rows, model):
    print("request of", len(rows))
    return [sum(row) + model for row in rows]
def output_fn(sums, accept):
    assert accept == "text/csv", accept
    return "\\n".join(map(str, sums)), accept
"""


def prepare(bench: Bench, code: str = SUM, *, isolated: bool = True, **variables: str) -> None:
    files = {"offset.txt": "100", "code__inference_py": code}
    bench.s3.objects[split_uri("s3://models/m/model.tar.gz")] = archive(**files)
    environment = {"SAGEMAKER_PROGRAM": "inference.py", **variables}
    url = "s3://models/m/model.tar.gz"
    container = {"Image": IMAGE, "ModelDataUrl": url, "Environment": environment}
    bench.sagemaker = Models(container, isolated=isolated)


@needs_namespaces
def test_every_object_is_answered_under_its_own_name(bench: Bench) -> None:
    prepare(bench)
    bench.s3.put("s3://data/in/a.csv", ROWS)
    bench.s3.put("s3://data/in/deep/b.csv", "7,8")
    bench.s3.put("s3://data/in/empty.csv", "")
    work = bench.work(step(ModelName="registered"))
    answer = transform.run(work)
    assert bench.s3.text("s3://out/scores/a.csv.out") == "103.0\n107.0\n111.0\n"
    assert bench.s3.text("s3://out/scores/deep/b.csv.out") == "115.0\n"
    assert bench.s3.text("s3://out/scores/empty.csv.out") == ""
    assert work.log.read_text() == "request of 3\nrequest of 1\n"
    assert answer["TransformJobStatus"] == "Completed"
    assert answer["TransformOutput"]["S3OutputPath"] == "s3://out/scores/"
    assert not work.folder.exists()


@needs_namespaces
def test_instances_share_the_objects(bench: Bench) -> None:
    prepare(
        bench, "import socket\n" + SUM.replace("str, sums", "lambda _: socket.gethostname(), sums")
    )
    for name in "abc":
        bench.s3.put(f"s3://data/in/{name}.csv", "1,2")
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 2}
    transform.run(bench.work(step(TransformResources=resources)))
    reported = {name: bench.s3.text(f"s3://out/scores/{name}.csv.out") for name in "abc"}
    assert reported == {"a": "algo-1\n", "b": "algo-2\n", "c": "algo-1\n"}
    resources["InstanceCount"] = 9  # more than there are objects
    transform.run(bench.work(step(TransformResources=resources)))
    assert bench.s3.text("s3://out/scores/c.csv.out") == "algo-3\n"


@needs_namespaces
@pytest.mark.parametrize(
    ("changes", "expected", "requests"),
    [
        ({"BatchStrategy": "SingleRecord"}, "103.0\n107.0\n111.0\n", 3),
        ({"target": {"AssembleWith": "None"}}, "103.0\n107.0\n111.0", 1),
        ({"source": {"SplitType": "None"}}, "103.0\n107.0\n111.0\n", 1),
        ({"processing": {"InputFilter": "$[1:]"}}, "102.0\n104.0\n106.0\n", 1),
        ({"processing": {"JoinSource": "Input"}}, "1,2,103.0\n3,4,107.0\n5,6,111.0\n", 1),
        (
            {
                "processing": {
                    "InputFilter": "$[1:]",
                    "JoinSource": "Input",
                    "OutputFilter": "$[0,-1]",
                }
            },
            "1,102.0\n3,104.0\n5,106.0\n",
            1,
        ),
    ],
)
def test_split_assemble_filter_and_join(
    bench: Bench, changes: dict[str, Any], expected: str, requests: int
) -> None:
    prepare(bench)
    bench.s3.put("s3://data/in/a.csv", ROWS)
    work = bench.work(step(**changes))
    transform.run(work)
    assert bench.s3.text("s3://out/scores/a.csv.out") == expected
    assert work.log.read_text().count("request of") == requests


@needs_namespaces
def test_requests_are_as_large_as_allowed_and_gzip_is_unpacked(bench: Bench) -> None:
    prepare(bench)
    rows = "1,2\n" * 300_000  # 1.2 million bytes
    bench.s3.objects["data", "in/a.csv"] = gzip.compress(rows.encode(), 1)
    work = bench.work(step(MaxPayloadInMB=1, source={"CompressionType": "Gzip"}))
    transform.run(work)
    assert bench.s3.text("s3://out/scores/a.csv.out") == "103.0\n" * 300_000
    assert work.log.read_text() == "request of 262144\nrequest of 37856\n"


@needs_namespaces
def test_json_lines_are_joined_as_objects(bench: Bench) -> None:
    code = """
import json
def model_fn(model_dir): return 2
def transform_fn(model, body, content_type, accept):
    return "\\n".join(json.dumps({"y": model * json.loads(line)[0]}) for line in body.splitlines())
"""
    prepare(bench, code)
    bench.s3.put("s3://data/in/a.jsonl", '{"id": 1, "x": [4]}\n{"id": 2, "x": [5]}\n')
    lines = "application/jsonlines"
    processing = {
        "InputFilter": "$.x",
        "JoinSource": "Input",
        "OutputFilter": "$['id','SageMakerOutput']",
    }
    transform.run(
        bench.work(
            step(source={"ContentType": lines}, target={"Accept": lines}, processing=processing)
        )
    )
    written = bench.s3.text("s3://out/scores/a.jsonl.out").splitlines()
    assert [json.loads(line) for line in written] == [
        {"id": 1, "SageMakerOutput": {"y": 8}},
        {"id": 2, "SageMakerOutput": {"y": 10}},
    ]


@needs_namespaces
@pytest.mark.parametrize(
    ("code", "changes", "words"),
    [
        ("x = 1", {}, "inference.py has no model_fn"),
        (SUM.replace("sum(row)", "row['a']"), {}, "AlgorithmError: TypeError: list indices"),
        (SUM.replace("for row in rows", "for row in rows[:1]"), {}, "1 predictions for 3 records"),
        (SUM.replace('"text/csv"', "'x'"), {}, "AssertionError"),
        (SUM, {"processing": {"InputFilter": "$[7]"}}, r"filter \$\[7\] matches nothing"),
        (
            SUM.replace("import pathlib", "import socket, pathlib").replace(
                "return float", "socket.create_connection(('192.0.2.1', 443), 5); return float"
            ),
            {},
            "no network: step Score sets EnableNetworkIsolation",
        ),
    ],
)
def test_what_goes_wrong_fails_the_step_and_leaves_nothing(
    bench: Bench, code: str, changes: dict[str, Any], words: str
) -> None:
    prepare(bench, code)
    bench.s3.put("s3://data/in/a.csv", ROWS)
    with pytest.raises(StepFailed, match=words):
        transform.run(bench.work(step(**{"processing": {"JoinSource": "Input"}, **changes})))
    assert not [uri for uri in bench.s3.uris() if uri.startswith("s3://out/")]


def test_what_is_missing_fails_the_step(bench: Bench) -> None:
    prepare(bench)
    with pytest.raises(StepFailed, match="no object under s3://data/in/"):
        transform.run(bench.work(step()))
    bench.s3.put("s3://data/in/a.csv", "1" * (1 << 20) + "2\n")
    with pytest.raises(StepFailed, match="1048577 bytes, more than MaxPayloadInMB"):
        transform.run(bench.work(step(MaxPayloadInMB=1)))
    prepare(bench, SAGEMAKER_PROGRAM="other.py")
    with pytest.raises(StepFailed, match=r"there is no other\.py in /opt/ml/model/code"):
        transform.run(bench.work(step()))
    prepare(bench, SAGEMAKER_SUBMIT_DIRECTORY="s3://models/code.tar.gz")
    with pytest.raises(StepFailed, match="bring it by a channel or in the model"):
        transform.run(bench.work(step()))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"source": {"SplitType": "Word"}}, "TransformInput.SplitType: 'Word' is not one of None"),
        ({"processing": {"InputFilter": "$..x"}}, "DataProcessing.InputFilter: '$..x' is not a"),
        (
            {"source": {"SplitType": "None"}, "processing": {"JoinSource": "Input"}},
            "TransformInput.SplitType: filters and joins of text/csv need Line",
        ),
        (
            {"target": {"Accept": "application/json"}, "processing": {"JoinSource": "Input"}},
            "DataProcessing.JoinSource: text/csv and application/json cannot be joined",
        ),
        (
            {"source": {"ContentType": "image/png"}, "processing": {"OutputFilter": "$[0]"}},
            "TransformInput.ContentType: 'image/png'; filters and joins need",
        ),
        (
            {"source": {"SplitType": "None"}, "BatchStrategy": "SingleRecord"},
            "BatchStrategy: SingleRecord needs TransformInput.SplitType Line",
        ),
    ],
)
def test_what_cannot_be_done_is_reported_before_anything_starts(
    changes: dict[str, Any], problem: str
) -> None:
    found = list(transform.problems(step(**changes)))
    assert any(line.startswith(problem) for line in found), found
    assert not list(transform.problems(step(processing={"JoinSource": "Input"})))
