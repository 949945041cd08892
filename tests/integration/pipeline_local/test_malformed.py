"""Malformed definitions: one clear line each, from the command, before anything starts."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mlops.command_line import main
from tests.integration.pipeline_local.definition_parts import (
    compare,
    condition,
    fail,
    get,
    join,
    json_get,
    processing,
    register,
    training,
)

if TYPE_CHECKING:
    from pathlib import Path


def document(*steps: Any, **more: Any) -> dict[str, Any]:
    return {"Version": "2020-12-01", "Metadata": {}, "Steps": list(steps), **more}


def changed(step: dict[str, Any], *path: str, to: Any) -> dict[str, Any]:
    """Put something into a step's arguments."""
    place = step["Arguments"]
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = to
    return step


LAMBDA = {
    "Name": "Call",
    "Type": "Lambda",
    "FunctionArn": "arn:aws:lambda:eu-central-1:111122223333:function:f",
    "Arguments": {},
}
MALFORMED: list[tuple[str, Any, str]] = [
    ("no JSON", "{", "malformed.json: cannot be read as JSON"),
    ("no object", [], "malformed.json: is not a pipeline definition: it contains no JSON object"),
    ("no steps", document(), "Steps: there are none"),
    ("another version", document(fail("F", "x"), Version="1"), "Version: '1' is not '2020-12-01'"),
    (
        "a cycle",
        document(fail("A", "x") | {"DependsOn": ["B"]}, fail("B", "y") | {"DependsOn": ["A"]}),
        "waits for itself: A -> B -> A",
    ),
    (
        "a missing step",
        document(fail("A", "x") | {"DependsOn": ["C"]}),
        "step A: DependsOn: there is no step 'C'",
    ),
    ("the same name twice", document(fail("A", "x"), fail("A", "y")), "step A: Name: two steps"),
    (
        "an unknown type",
        document({"Name": "A", "Type": "Brew", "Arguments": {}}),
        "step A: Type: 'Brew' cannot run here: no such type is known",
    ),
    (
        "a callback without a queue",
        document({"Name": "A", "Type": "Callback", "Arguments": {}}),
        "step A: SqsQueueUrl: is missing",
    ),
    (
        "an unknown function",
        document(fail("A", {"Std:Upper": {"Value": "x"}})),
        "step A: Arguments.ErrorMessage: the function Std:Upper is not known",
    ),
    (
        "an unknown condition",
        document(condition("A", compare("Like", 1, 2))),
        "step A: Arguments.Conditions[0]: the condition type 'Like' is not known",
    ),
    (
        "half a condition",
        document(condition("A", {"Type": "Equals", "LeftValue": 1})),
        "step A: Arguments.Conditions[0]: Equals lacks RightValue",
    ),
    (
        "an unknown parameter",
        document(fail("A", join(get("Parameters.Tea")))),
        "step A: Arguments.ErrorMessage['Std:Join'].Values[0]: there is no parameter 'Tea'",
    ),
    (
        "an unknown execution variable",
        document(fail("A", get("Execution.Moon"))),
        "step A: Arguments.ErrorMessage: there is no execution variable 'Moon'",
    ),
    (
        "a parameter of a wrong type",
        document(
            fail("A", "x"), Parameters=[{"Name": "N", "Type": "Integer", "DefaultValue": "many"}]
        ),
        "parameter N: DefaultValue: 'many' is not of type Integer",
    ),
    (
        "a parameter of no type",
        document(fail("A", "x"), Parameters=[{"Name": "N", "Type": "Date"}]),
        "parameter N: Type: 'Date' is not one of",
    ),
    (
        "a wrong property path",
        document(processing("P"), fail("A", get("Steps.P.Outputs.first"))),
        "step A: Arguments.ErrorMessage: Steps.P: DescribeProcessingJobResponse has no 'Outputs'",
    ),
    (
        "a missing output",
        document(
            processing("P", outputs=("out",)),
            fail("A", get("Steps.P.ProcessingOutputConfig.Outputs['in'].S3Output.S3Uri")),
        ),
        "Steps.P: step P has no 'in' there, only out",
    ),
    (
        "an undeclared property file",
        document(processing("P"), fail("A", json_get("P", "x"))),
        "step P declares no property file 'Report'",
    ),
    (
        "an argument of a wrong type",
        document(changed(training(), "ResourceConfig", to={"InstanceCount": "two"})),
        "step Train: ResourceConfig.InstanceCount: 'two' is not of type integer",
    ),
    (
        "an argument that the API does not have",
        document(changed(processing("P"), "Colour", to="blue")),
        "step P: Colour: is not a field of CreateProcessingJobRequest",
    ),
    (
        "a missing argument",
        document(changed(processing("P"), "AppSpecification", to={})),
        "step P: AppSpecification.ImageUri: is missing",
    ),
    (
        "an image that nobody has",
        document(changed(processing("P"), "AppSpecification", "ImageUri", to="a/b:1")),
        "step P: no job of image 'a/b:1' can run here",
    ),
    (
        "a bad hyperparameter",
        document(changed(training(), "HyperParameters", to={"num_round": "few"})),
        "step Train: HyperParameters.num_round: 'few'",
    ),
    (
        "a property of a step that has none",
        document(fail("F", "x"), register(model=get("Steps.F.Anything"))),
        "Steps.F: a Fail step has no properties",
    ),
    ("a function of no template", document(LAMBDA), "step Call: FunctionArn: no template declares"),
]


@pytest.mark.parametrize(("content", "words"), [row[1:] for row in MALFORMED], ids=[
    row[0] for row in MALFORMED
])  # fmt: skip
def test_a_malformed_definition_is_one_clear_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: Any,
    words: str,
) -> None:
    (tmp_path / "cdk.json").write_text("{}")
    text = content if isinstance(content, str) else json.dumps(content)
    (tmp_path / "malformed.json").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["mlops", "run", "malformed.json", "--local"])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 1
    reported = capsys.readouterr().err
    assert "Traceback" not in reported
    lines = [each for each in reported.splitlines() if words in each]
    assert len(lines) == 1, reported
    # Nothing has begun: no run, no local AWS.
    assert not (tmp_path / "build" / "runs").exists()
    assert not (tmp_path / "build" / "local-aws").exists()


def test_there_are_twenty_and_more() -> None:
    assert len(MALFORMED) >= 20
