"""Executions of pipelines through the API: they run, end, stop, survive, and send events."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from pipeline_local.aws import Aws, FunctionTarget
from pipeline_local.local_aws import keeper
from tests.unit.pipeline_local.local_aws.executing import (
    ROLE,
    create,
    describe,
    ended,
    fail,
    start,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FUNCTION = "arn:aws:lambda:eu-central-1:111111111111:function:waits"
CODE = """
import pathlib, time
def handler(event, context):
    place = pathlib.Path(event["place"])
    place.with_suffix(".begun").touch()
    while not place.exists():
        time.sleep(0.02)
    return {"answer": event["word"] * 2}
"""


def _definition(place: str = "") -> dict[str, Any]:
    """A Lambda step (when there is a place to wait for), a condition, and a Fail on one side."""
    waits = {
        "Name": "Wait",
        "Type": "Lambda",
        "FunctionArn": FUNCTION,
        "Arguments": {"place": place, "word": {"Get": "Parameters.Word"}},
        "OutputParameters": [{"OutputName": "answer", "OutputType": "String"}],
    }
    condition = {"Type": "Equals", "LeftValue": {"Get": "Parameters.Word"}, "RightValue": "good"}
    refuse = {"Name": "Refuse", "Type": "Fail", "Arguments": {"ErrorMessage": "not good"}}
    decide = {
        "Name": "Decide",
        "Type": "Condition",
        "Arguments": {"Conditions": [condition], "IfSteps": [], "ElseSteps": [refuse]},
    }
    return {
        "Version": "2020-12-01",
        "Parameters": [
            {
                "Name": "Word",
                "Type": "String",
                "DefaultValue": "good",
                "EnumValues": ["good", "bad"],
            }
        ],
        "Steps": [decide] if not place else [waits, {**decide, "DependsOn": ["Wait"]}],
    }


def _create(aws: Aws, name: str, place: str = "") -> str:
    answer = aws.client("sagemaker").create_pipeline(
        PipelineName=name,
        PipelineDefinition=json.dumps(_definition(place)),
        RoleArn=ROLE,
        ClientRequestToken="t" * 32,
    )
    return answer["PipelineArn"]


def _word(value: str) -> dict[str, Any]:
    return {"PipelineParameters": [{"Name": "Word", "Value": value}]}


def _steps(aws: Aws, arn: str) -> list[Any]:
    pages = aws.client("sagemaker").get_paginator("list_pipeline_execution_steps")
    return [
        step
        for page in pages.paginate(PipelineExecutionArn=arn)
        for step in page["PipelineExecutionSteps"]
    ]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A file that the function waits for; its code is registered."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "handler.py").write_text(CODE)
    return tmp_path / "go"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    """The state folder of a local AWS of this test's own."""
    folder = tmp_path / "state"
    yield folder
    keeper.stop_server(folder)


def _connect(folder: Path) -> Aws:
    return Aws("eu-central-1", "111111111111", keeper.ensure_server(folder))


def test_an_execution_runs_to_its_end(aws: Aws, name: str) -> None:
    pipeline = _create(aws, name)
    arn = start(aws, pipeline, PipelineExecutionDescription="first", **_word("good"))
    answer = ended(aws, arn)
    assert answer["PipelineExecutionStatus"] == "Succeeded"
    assert answer["PipelineExecutionDescription"] == "first"
    (step,) = _steps(aws, arn)
    assert (step["StepName"], step["StepStatus"]) == ("Decide", "Succeeded")
    assert step["Metadata"] == {"Condition": {"Outcome": "True"}}
    given = aws.client("sagemaker").list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)
    assert given["PipelineParameters"] == [{"Name": "Word", "Value": "good"}]


def test_a_failure_is_reported_with_its_reason(aws: Aws, name: str) -> None:
    _create(aws, name)
    arn = start(aws, name, **_word("bad"))
    answer = ended(aws, arn)
    assert answer["PipelineExecutionStatus"] == "Failed"
    assert "not good" in answer["FailureReason"]
    last, first = _steps(aws, arn)  # the service lists the latest first
    assert (first["StepName"], last["StepName"]) == ("Decide", "Refuse")
    assert "not good" in last["Metadata"]["Fail"]["ErrorMessage"]
    listed = partial(aws.client("sagemaker").list_pipeline_executions, PipelineName=name)
    (summary,) = listed()["PipelineExecutionSummaries"]
    assert summary["PipelineExecutionStatus"] == "Failed"
    then = datetime(2020, 1, 1, tzinfo=UTC)
    assert len(listed(CreatedAfter=then)["PipelineExecutionSummaries"]) == 1
    assert listed(CreatedBefore=then)["PipelineExecutionSummaries"] == []


def test_a_start_that_is_repeated_is_one_execution(aws: Aws, name: str) -> None:
    _create(aws, name)
    token = "a" * 40
    arns = {start(aws, name, ClientRequestToken=token) for _ in range(2)}
    assert len(arns) == 1


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"PipelineParameters": [{"Name": "Other", "Value": "x"}]}, "Other"),
        (_word("ugly"), "ugly"),
        ({"PipelineVersionAlias": "live"}, "PipelineVersionAlias"),
    ],
)
def test_invalid_starts_are_refused_by_name(
    aws: Aws, name: str, more: dict[str, Any], what: str
) -> None:
    _create(aws, name)
    with pytest.raises(ClientError, match=f"ValidationException.*{what}"):
        start(aws, name, **more)


@pytest.mark.parametrize("text", ["{", "[]", '{"Version": "2020-12-01"}'])
def test_an_invalid_definition_is_refused(aws: Aws, name: str, text: str) -> None:
    with pytest.raises(ClientError, match="Unable to parse pipeline definition"):
        aws.client("sagemaker").create_pipeline(
            PipelineName=name, PipelineDefinition=text, RoleArn=ROLE, ClientRequestToken="t" * 32
        )


def after(name: str, *others: str) -> dict[str, Any]:
    return {**fail(name), "DependsOn": list(others)}


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ([after("A", "B"), after("B", "A")], "waits for itself: A -> B -> A"),
        ([after("A", "C")], "step A: depends on 'C', and there is no such step"),
        ([fail("A", {"Get": "Steps.C.X"})], "depends on 'C'"),
        ([fail("with space")], "Name: must be 1 to 64 letters"),
        ([fail("A"), fail("A")], "two steps have it"),
    ],
)
def test_what_the_service_refuses_is_refused_at_creation_and_update(
    aws: Aws, name: str, steps: list[Any], problem: str
) -> None:
    text = json.dumps({"Version": "2020-12-01", "Steps": steps})
    with pytest.raises(ClientError, match=f"ValidationException.*{problem}"):
        create(aws, name, *steps)
    create(aws, name, fail("Good"))
    with pytest.raises(ClientError, match=f"ValidationException.*{problem}"):
        aws.client("sagemaker").update_pipeline(PipelineName=name, PipelineDefinition=text)


def test_an_unknown_pipeline_is_not_found(aws: Aws, name: str) -> None:
    with pytest.raises(ClientError, match="ResourceNotFound"):
        aws.client("sagemaker").describe_pipeline(PipelineName=name)


@pytest.mark.slow
def test_every_version_of_a_pipeline_can_be_started(aws: Aws, name: str) -> None:
    _create(aws, name)
    sagemaker = aws.client("sagemaker")
    definition = _definition()
    definition["Parameters"][0]["DefaultValue"] = "bad"
    answer = sagemaker.update_pipeline(PipelineName=name, PipelineDefinition=json.dumps(definition))
    assert answer["PipelineVersionId"] == 2
    versions = sagemaker.list_pipeline_versions(PipelineName=name)["PipelineVersionSummaries"]
    assert [version["PipelineVersionId"] for version in versions] == [2, 1]
    first, second = start(aws, name, PipelineVersionId=1), start(aws, name)
    assert ended(aws, first)["PipelineExecutionStatus"] == "Succeeded"
    assert ended(aws, second)["PipelineExecutionStatus"] == "Failed"
    text = sagemaker.describe_pipeline(PipelineName=name, PipelineVersionId=1)["PipelineDefinition"]
    assert json.loads(text) == _definition()


@pytest.mark.slow
def test_a_definition_that_cannot_run_here_fails_and_says_why(aws: Aws, name: str) -> None:
    definition = {**_definition(), "Steps": [{"Name": "A", "Type": "EMR", "Arguments": {}}]}
    _create(aws, name)
    aws.client("sagemaker").update_pipeline(
        PipelineName=name, PipelineDefinition=json.dumps(definition)
    )
    answer = ended(aws, start(aws, name))
    assert answer["PipelineExecutionStatus"] == "Failed"
    assert "no EMR cluster" in answer["FailureReason"]


@pytest.mark.slow
def test_an_execution_can_be_stopped(own: Path, place: Path, name: str) -> None:
    aws = _connect(own)
    aws.register_function(FUNCTION, FunctionTarget(place.parent / "code", name="waits"))
    _create(aws, name, str(place))
    arn = start(aws, name)
    until(lambda: place.with_suffix(".begun").exists())
    assert describe(aws, arn)["PipelineExecutionStatus"] == "Executing"
    aws.client("sagemaker").stop_pipeline_execution(
        PipelineExecutionArn=arn, ClientRequestToken="s" * 32
    )
    place.touch()  # a function that runs is not broken off
    assert ended(aws, arn)["PipelineExecutionStatus"] == "Stopped"
    assert [step["StepName"] for step in _steps(aws, arn)] == ["Wait"]
    with pytest.raises(ClientError, match="Stopped already"):
        aws.client("sagemaker").stop_pipeline_execution(
            PipelineExecutionArn=arn, ClientRequestToken="u" * 32
        )


def _all_told(path: Path) -> list[Any] | None:
    """The details of the events, once the execution's end is among them."""
    lines = path.read_text().splitlines() if path.exists() else []
    # By id: an event that was being delivered at the restart is delivered again.
    details = list({(e := json.loads(line))["id"]: e["detail"] for line in lines}.values())
    ends = [d for d in details if d.get("currentPipelineExecutionStatus") == "Succeeded"]
    return details if ends else None


@pytest.mark.slow
def test_an_execution_resumes_after_a_restart_and_reports_each_change_once(
    own: Path, place: Path, name: str
) -> None:
    aws = _connect(own)
    aws.register_function(FUNCTION, FunctionTarget(place.parent / "code", name="waits"))
    heard = place.parent / "hears"
    heard.mkdir()
    (heard / "handler.py").write_text(
        "import json\n"
        "def handler(event, context):\n"
        f"    with open({str(place.parent / 'heard')!r}, 'a') as file:\n"
        "        file.write(json.dumps(event) + '\\n')\n"
    )
    pattern = {"source": ["aws.sagemaker"], "detail": {"pipelineArn": [{"suffix": name}]}}
    aws.register_event_target("hears", pattern, FunctionTarget(heard, name="hears"))
    _create(aws, name, str(place))
    arn = start(aws, name)
    until(lambda: place.with_suffix(".begun").exists())
    keeper.stop_server(own)
    place.touch()
    aws = _connect(own)
    assert ended(aws, arn)["PipelineExecutionStatus"] == "Succeeded"
    details = until(lambda: _all_told(place.parent / "heard"))
    steps = [(d["stepName"], d["currentStepStatus"]) for d in details if "stepName" in d]
    assert sorted(steps) == [
        ("Decide", "Executing"),
        ("Decide", "Succeeded"),
        ("Wait", "Executing"),
        ("Wait", "Succeeded"),
    ]
    statuses = [
        (d.get("previousPipelineExecutionStatus"), d["currentPipelineExecutionStatus"])
        for d in details
        if "stepName" not in d
    ]
    assert statuses == [(None, "Executing"), ("Executing", "Succeeded")]
