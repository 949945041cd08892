from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pipeline_local.aws import FunctionTarget, invoke_function

if TYPE_CHECKING:
    from pathlib import Path

AWS = {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1"}


def _function(folder: Path, code: str, **more: object) -> FunctionTarget:
    (folder / "handler.py").write_text(code)
    return FunctionTarget(folder, name="keeper", **more)  # type: ignore[arg-type]


def test_the_answer_comes_back_and_output_is_the_log(tmp_path: Path) -> None:
    function = _function(
        tmp_path, "def handler(event, context):\n    print('hello')\n    return {'got': event}\n"
    )
    result = invoke_function(function, {"x": [1, None]}, AWS)
    assert result.payload == {"got": {"x": [1, None]}}
    assert result.error is None
    assert result.log == "hello\n"


def test_environment_and_context_are_those_of_the_declaration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME_SECRET", "not for functions")
    code = (
        "import os\n"
        "def handle(event, context):\n"
        "    left = context.get_remaining_time_in_millis()\n"
        "    return [dict(os.environ), vars(context), 0 < left <= 30000]\n"
    )
    function = _function(
        tmp_path,
        code,
        handler="handler.handle",
        environment={"BUCKET": "b", "AWS_REGION": "elsewhere"},
        timeout_seconds=30,
        memory_megabytes=256,
    )
    payload = invoke_function(function, None, AWS, "111111111111").payload
    variables, context, in_time = payload
    assert variables["BUCKET"] == "b"
    assert variables["AWS_REGION"] == "eu-central-1"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "keeper"
    assert "HOME_SECRET" not in variables
    assert context["memory_limit_in_mb"] == "256"
    assert context["invoked_function_arn"].endswith(":111111111111:function:keeper")
    assert in_time


def test_a_function_may_have_modules_named_as_ours(tmp_path: Path) -> None:
    (tmp_path / "events.py").write_text("MINE = 'mine'\n")
    code = "import events\ndef handler(event, context):\n    return events.MINE\n"
    assert invoke_function(_function(tmp_path, code), None, AWS).payload == "mine"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("def handler(e, c):\n    raise ValueError('no model')\n", "ValueError: no model"),
        (
            "import nowhere\n",
            "Runtime.ImportModuleError: Unable to import module 'handler': No module",
        ),
        ("other = 1\n", "Runtime.HandlerNotFound: Handler 'handler' missing on module 'handler'"),
        ("def handler(e, c):\n    return object()\n", "Runtime.MarshalError: Unable to marshal"),
        ("import os\ndef handler(e, c):\n    os._exit(0)\n", "Runtime.ExitError"),
    ],
)
def test_a_failure_is_reported_in_one_line(tmp_path: Path, code: str, error: str) -> None:
    result = invoke_function(_function(tmp_path, code), None, AWS)
    assert result.payload is None
    assert result.error is not None
    assert result.error.startswith(error)
    assert "\n" not in result.error


def test_a_function_that_hangs_is_stopped(tmp_path: Path) -> None:
    code = "import time\ndef handler(e, c):\n    print('begun', flush=True)\n    time.sleep(60)\n"
    result = invoke_function(_function(tmp_path, code, timeout_seconds=3), None, AWS)
    assert result.error == "Sandbox.Timedout: keeper ran longer than 3 s"
    assert result.log == "begun\n"
    assert result.seconds < 10


def test_a_folder_that_is_gone_is_reported(tmp_path: Path) -> None:
    result = invoke_function(FunctionTarget(tmp_path / "gone"), None, AWS)
    assert result.error is not None
    assert "gone" in result.error


def test_a_target_survives_json(tmp_path: Path) -> None:
    target = FunctionTarget(tmp_path, "a.b", {"X": "1"}, "n", 5, 256)
    assert FunctionTarget.from_json(json.loads(json.dumps(target.to_json()))) == target
