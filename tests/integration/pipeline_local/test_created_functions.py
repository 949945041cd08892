"""Lambda steps that call functions which `CreateFunction` made on the local AWS."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.api import project_in
from pipeline_local.local_aws import connect, keeper
from pipeline_local.runs import runner
from pipeline_local.runs.observer import Observer
from tests.integration.pipeline_local.local_project import project_with
from tests.lambda_functions import create_function

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline_local.aws import Aws

ACCOUNT, REGION = "111111111111", "eu-central-1"
CODE = "def handler(event, context): return {'total': event['rows'] + 1}"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("functions")
    with project_with(folder, ACCOUNT, REGION, []):
        yield folder


@pytest.fixture(scope="module")
def aws(root: Path) -> Aws:
    made = connect(REGION, ACCOUNT, root / keeper.FOLDER)
    create_function(made, "count", CODE)
    create_function(made, "node", "exports", Runtime="nodejs22.x")
    return made


def definition(function: str) -> dict[str, Any]:
    call = {
        "Name": "Call",
        "Type": "Lambda",
        "Arguments": {"rows": 4},
        "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}",
        "OutputParameters": [{"OutputName": "total", "OutputType": "Integer"}],
    }
    total = {"Get": "Steps.Call.OutputParameters['total']"}
    message = {"Std:Join": {"On": " ", "Values": ["counted", total]}}
    stop = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": message}}
    return {"Version": "2020-12-01", "Parameters": [], "Steps": [call, stop]}


def run(root: Path, function: str) -> runner.RunState:
    file = root / f"{function.replace(':', '-')}.json"
    file.write_text(json.dumps(definition(function)))
    project = project_in(root, ACCOUNT, REGION)
    return runner.start(runner.RunRequest(str(file), "", {}), project, Observer())


@pytest.mark.parametrize("named", [False, True], ids=["", "with its endpoint in the environment"])
def test_a_file_s_run_calls_it(
    aws: Aws, root: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    if named:  # as after `mlops local start`
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.environment()["AWS_ENDPOINT_URL"])
    state = run(root, "count")
    assert state.steps["Call"].status == "Succeeded"
    assert "counted 5" in str(state.failure)


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("function", ["absent", "node", "count:absent"])
def test_a_function_that_cannot_be_called_is_refused_before_the_start(
    root: Path, function: str
) -> None:
    with pytest.raises(MlopsError, match=f":{function}, and the local AWS has no such function"):
        run(root, function)


def test_an_execution_through_the_api_calls_it(aws: Aws) -> None:
    sagemaker = aws.client("sagemaker")
    sagemaker.create_pipeline(
        PipelineName="calls",
        PipelineDefinition=json.dumps(definition("count")),
        ClientRequestToken="x" * 32,
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/any",
    )
    arn = sagemaker.start_pipeline_execution(PipelineName="calls")["PipelineExecutionArn"]
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        if found["PipelineExecutionStatus"] not in ("Executing", "Pending"):
            break
        time.sleep(0.1)
    assert "counted 5" in found["FailureReason"]
