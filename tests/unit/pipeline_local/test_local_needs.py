"""The buckets that a definition names, as far as they are known before a run."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline_local.runs.prerequisites import buckets_of
from pipeline_schema.definition import parse_definition
from pipeline_schema.parameters import known_text

PARAMETERS = {"Bucket": "given-bucket", "Place": "s3://of-parameter/raw", "Rows": 3}


def join(on: str, *values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": on, "Values": list(values)}}


def parameter(name: str) -> dict[str, str]:
    return {"Get": f"Parameters.{name}"}


RUN = {"Get": "Execution.PipelineExecutionId"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        (parameter("Bucket"), "given-bucket"),
        (join("/", "s3:/", parameter("Bucket"), "runs", RUN, "x"), "s3://given-bucket/runs/"),
        (join("", "s3://", parameter("Bucket")), "s3://given-bucket"),
        (join("", RUN, "s3://later"), ""),
        (join("/", join("", "s3://a", "bc"), parameter("Rows")), "s3://abc/3"),
        ({"Std:JsonGet": {"Path": "a"}}, ""),
        (7, ""),
        (None, ""),
    ],
)
def test_the_known_beginning_of_a_text_is_returned(value: Any, text: str) -> None:
    assert known_text(value, PARAMETERS) == text


def test_buckets_of_parameters_steps_and_settings() -> None:
    step = {
        "Name": "Check",
        "Type": "QualityCheck",
        "Arguments": {"Deep": [{"S3Uri": "s3://in-arguments/a b"}], "Whole": "s3://whole"},
        "SuppliedBaselineStatistics": join("", "s3://", parameter("Bucket"), "/statistics.json"),
        "Unknown": join("", "s3://half-a-", RUN, "-bucket/x"),
    }
    document = {"Version": "2020-12-01", "Steps": [step]}
    found = buckets_of(parse_definition("p", document), PARAMETERS)
    assert found == ["given-bucket", "in-arguments", "of-parameter", "whole"]
