"""Models of several containers, each given the answers of the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    from pathlib import Path

    from conftest import Bench

FIRST = """
import json, os
def model_fn(model_dir): return int(os.environ["BY"])
def input_fn(body, content_type):
    assert content_type == "text/csv", content_type
    return [[float(cell) for cell in line.split(",")] for line in body.splitlines()]
def predict_fn(rows, by): return [[by * cell for cell in row] for row in rows]
def output_fn(rows, accept):
    assert accept == "application/json", accept
    return json.dumps(rows), accept
"""
SECOND = """
import json, os
def model_fn(model_dir): return sorted(os.listdir(model_dir))
def transform_fn(model, body, content_type, accept):
    assert model == ["code"] and "BY" not in os.environ, model
    assert (content_type, accept) == ("application/json", "text/csv"), (content_type, accept)
    return "\\n".join(str(sum(row)) for row in json.loads(body)), accept
"""

LINKS = """
os.mkdir("/tmp/before", 0o000)
for name in ("environment", ".config"):
    os.rename(f"/tmp/{name}", f"/tmp/was-{name}")
    os.symlink("PLACE", f"/tmp/{name}")
os.chmod("/tmp", 0o500)
"""


def in_series(bench: Bench, *codes: str) -> None:
    """Make a model of a container for each program; the first has a variable of its own."""
    containers = []
    for number, code in enumerate(codes):
        url = f"s3://models/{number}/model.tar.gz"
        bench.s3.objects[split_uri(url)] = archive(code__inference_py=code)
        variables = {"SAGEMAKER_PROGRAM": "inference.py", **({} if number else {"BY": "10"})}
        containers.append({"Image": IMAGE, "ModelDataUrl": url, "Environment": variables})
    bench.sagemaker = Models(*containers)


@needs_namespaces
def test_each_container_is_given_the_answers_of_the_one_before(bench: Bench) -> None:
    in_series(bench, FIRST, SECOND)
    for name, rows in (("a", ROWS), ("b", "7,8\n")):
        bench.s3.put(f"s3://data/in/{name}.csv", rows)
    transform.run(bench.work(step(processing={"JoinSource": "Input"})))
    assert bench.s3.text("s3://out/scores/a.csv.out") == "1,2,30.0\n3,4,70.0\n5,6,110.0\n"
    assert bench.s3.text("s3://out/scores/b.csv.out") == "7,8,150.0\n"


@needs_namespaces
def test_the_container_that_fails_is_named(bench: Bench) -> None:
    in_series(bench, FIRST, SECOND.replace('"text/csv"', '"x/y"'))
    bench.s3.put("s3://data/in/a.csv", ROWS)
    with pytest.raises(StepFailed, match=r"AssertionError.* in container 2 of 2"):
        transform.run(bench.work(step()))


@needs_namespaces
def test_a_container_makes_the_next_one_write_nowhere(bench: Bench, tmp_path: Path) -> None:
    place = tmp_path / "of this machine"
    place.mkdir()
    in_series(bench, FIRST + LINKS.replace("PLACE", str(place)), SECOND)
    bench.s3.put("s3://data/in/a.csv", ROWS)
    transform.run(bench.work(step()))
    assert bench.s3.text("s3://out/scores/a.csv.out") == "30.0\n70.0\n110.0\n"
    assert not list(place.iterdir())
