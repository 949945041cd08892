"""The runner as a library, in a folder that holds no project."""

from __future__ import annotations

import doctest
import json
from typing import TYPE_CHECKING, Any

import pytest

from mlops_common.errors import MlopsError
from pipeline_local import api, run
from pipeline_local.api import resume, stop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODE = "def handler(event, context):\n    return {'double': 2 * event['number']}\n"


def pipeline(name: str, number: int) -> dict[str, Any]:
    """A pipeline that calls the function, and fails where the result is 2."""
    result = {"Get": "Steps.Call.OutputParameters['double']"}
    odd = {"Type": "Equals", "LeftValue": result, "RightValue": 2}
    refuse = {"Name": "Refuse", "Type": "Fail", "Arguments": {"ErrorMessage": f"{name} fails"}}
    call = {
        "Name": "Call",
        "Type": "Lambda",
        "FunctionArn": "arn:aws:lambda:us-east-1:111111111111:function:double",
        "Arguments": {"number": number},
        "OutputParameters": [{"OutputName": "double", "OutputType": "Integer"}],
    }
    check = {
        "Name": "Check",
        "Type": "Condition",
        "Arguments": {"Conditions": [odd], "IfSteps": [refuse], "ElseSteps": []},
    }
    body = json.dumps({"Version": "2020-12-01", "Steps": [call, check]})
    properties = {
        "PipelineName": name,
        "PipelineDefinition": {"PipelineDefinitionBody": body},
        "RoleArn": "arn:aws:iam::111111111111:role/Job",
    }
    return {"Type": "AWS::SageMaker::Pipeline", "Properties": properties}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("plain")
    properties = {
        "FunctionName": "double",
        "Handler": "index.handler",
        "Runtime": "python3.12",
        "Role": "arn:aws:iam::111111111111:role/F",
        "Code": {"ZipFile": CODE},
    }
    function = {"Type": "AWS::Lambda::Function", "Properties": properties}
    resources = {"F": function, "One": pipeline("one", 1), "Two": pipeline("two", 2)}
    (folder / "both.template").write_text(json.dumps({"Resources": resources}))
    yield folder
    stop(folder)


def test_one_of_the_pipelines_of_a_template_is_chosen(folder: Path) -> None:
    template = folder / "both.template"
    with pytest.raises(MlopsError, match="contains several pipelines: one, two; choose one"):
        run(template, folder=folder)
    two = run(template, pipeline="two", folder=folder)
    assert two.succeeded
    assert two.state.steps["Call"].properties["OutputParameters"] == {"double": 4}


def test_a_result_has_what_programs_and_notebooks_show(folder: Path) -> None:
    one = run(folder / "both.template", pipeline="one", folder=folder)
    assert (one.status, one.failure, one.evaluation) == ("Failed", "one fails", {})
    assert one.run_id == one.folder.name
    refused = one.steps["Refuse"]
    assert (refused.type, refused.status, refused.failure) == ("Fail", "Failed", "one fails")
    assert (refused.outputs, refused.metrics, refused.reused_from) == ({}, {}, None)
    assert one.steps["Call"].log == one.folder / "logs" / "Call.log"
    one.state.steps["Refuse"].failure = "<b>"
    assert "<td>Refuse</td><td>Fail</td><td>Failed</td>" in one._repr_html_()
    assert "<td>&lt;b&gt;</td>" in one._repr_html_()


def test_a_failed_run_is_returned_and_goes_on(folder: Path) -> None:
    one = run(folder / "both.template", pipeline="one", folder=folder)
    assert (one.succeeded, one.state.failure) == (False, "one fails")
    again = resume(one.state.run_id, folder)
    assert again.folder == one.folder
    assert again.state.steps["Call"].attempts == 1, "what succeeded is not run again"


def test_the_examples_hold() -> None:
    assert doctest.testmod(api).failed == 0
