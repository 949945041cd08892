"""Lambda steps: the template's own code, declared outputs, failures."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cloud_assembly.functions import TemplateFunction
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps import lambda_call
from pipeline_local.steps.executors import EXECUTORS
from pipeline_local.steps.function_code import function_problems, keep_functions, needed_functions
from pipeline_schema.definition import Definition, Step

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bench

ARN = "arn:aws:lambda:eu-central-1:111122223333:function:notify"
CODE = """
import os
import helper
def handler(event, context):
    print("called with", sorted(event))
    return {"word": helper.WORD + os.environ["MODE"], "rows": event["rows"] + 1, "good": True,
            "share": 1, "more": [1]}
"""
OUTPUTS = {"word": "String", "rows": "Integer", "good": "Boolean", "share": "Float"}


@pytest.fixture
def function(tmp_path: Path) -> TemplateFunction:
    folder = tmp_path / "asset"
    folder.mkdir()
    (folder / "app.py").write_text(CODE)
    (folder / "helper.py").write_text("WORD = 'own '")
    return TemplateFunction(
        ARN, "notify", "app.handler", "python3.13", folder, "", {"MODE": "code"}, 20, 128
    )


def step(outputs: dict[str, str], **arguments: Any) -> Step:
    declared = [{"OutputName": name, "OutputType": kind} for name, kind in outputs.items()]
    settings = {"FunctionArn": ARN, "OutputParameters": declared}
    return Step("Call", "Lambda", arguments, settings=settings)


def test_its_outputs_are_those_declared(bench: Bench, function: TemplateFunction) -> None:
    keep_functions([function], bench.context.folder)
    work = bench.work(step(OUTPUTS, rows=4))
    answer = lambda_call.run(work)
    outputs = answer["OutputParameters"]
    assert outputs == {"word": "own code", "rows": 5, "good": True, "share": 1.0}
    assert isinstance(outputs["share"], float)
    assert work.log.read_text() == "called with ['rows']\n"


def test_archives_and_inline_code(bench: Bench, function: TemplateFunction, tmp_path: Path) -> None:
    archive = tmp_path / "code.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("app.py", "def handler(event, context): return {'word': 'zip'}")
    inline = "def handler(event, context): return {'word': 'inline'}"
    call = bench.work(step({"word": "String"}))
    keep_functions([replace(function, code=archive)], bench.context.folder)
    assert lambda_call.run(call)["OutputParameters"] == {"word": "zip"}
    changed = replace(function, code=None, inline=inline, handler="index.handler")
    keep_functions([changed], bench.context.folder)
    assert lambda_call.run(call)["OutputParameters"] == {"word": "inline"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise KeyError('rows')", "function notify: KeyError"),
        ("import time; time.sleep(30)", "notify ran longer than 1 s"),
        ("return {'other': 1}", "output n: the function returned only other"),
        ("return 'text'", "the function returned a String, not an object"),
        ("return {'n': 'five'}", "output n: 'five' is not of type Integer"),
        ("return {'n': True}", "output n: True is not of type Integer"),
        ("return {'f': float('nan')}", "output f: nan is not of type Float"),
        ("return 'x' * 7_000_000", "Function.ResponseSizeTooLarge: Response payload size exceeded"),
    ],
)
def test_failures_fail_the_step(
    bench: Bench, function: TemplateFunction, code: str, words: str
) -> None:
    inline = f"def handler(event, context):\n    {code}\n"
    seconds = 1 if "sleep" in code else 60
    changed = replace(
        function, code=None, inline=inline, handler="index.handler", timeout_seconds=seconds
    )
    keep_functions([changed], bench.context.folder)
    with pytest.raises(StepFailed, match=words):
        lambda_call.run(bench.work(step({"f": "Float"} if "nan" in code else {"n": "Integer"})))


def test_an_unknown_function_fails_the_step(bench: Bench) -> None:
    with pytest.raises(Exception, match="nor its local AWS had function arn:aws"):
        lambda_call.run(bench.work(step({})))


def test_what_is_wrong_is_reported_before_anything_starts(function: TemplateFunction) -> None:
    bad = step({"n": "Number"})
    assert list(lambda_call.problems(bad)) == [
        "OutputParameters[0].OutputType: 'Number' is not one of String, Integer, Boolean, Float"
    ]
    assert not list(lambda_call.problems(step(OUTPUTS)))
    definition = Definition("p", {}, {"Call": bad})
    (problem,) = function_problems(definition, [])
    assert f"step Call: FunctionArn: no template declares {ARN}, and the local AWS has" in problem
    node = replace(function, runtime="nodejs22.x")
    (problem,) = function_problems(definition, [node])
    assert "runtime nodejs22.x cannot run here" in problem
    assert not function_problems(definition, [function])


def test_a_run_keeps_the_functions_that_it_may_call(function: TemplateFunction) -> None:
    other = replace(function, arn=f"{ARN}-other")
    call = step({})
    plain = Definition("p", {}, {"Call": call})
    assert needed_functions(plain, [other, function]) == (function,)
    settings = {"FunctionArn": {"Get": "Parameters.Function"}}
    open_call = Definition("p", {}, {"Call": replace(call, settings=settings)})
    assert needed_functions(open_call, [other, function]) == (other, function)
    assert not needed_functions(Definition("p", {}, {}), [function])


def test_only_declared_outputs_can_be_referred_to() -> None:
    kind = EXECUTORS["Lambda"]
    assert kind.property_problem(step(OUTPUTS), ("OutputParameters", "rows")) is None
    for path in [("OutputParameters", "none"), ("OutputParameters",), ("rows",)]:
        problem = kind.property_problem(step({"rows": "Integer"}), path)
        assert (
            problem == "a Lambda step has only its OutputParameters, here OutputParameters['rows']"
        )
