"""Lambda functions run from their own code, each invocation in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOST = Path(__file__).parent / "function_host.py"
# What the Lambda runtime hands on from the machine; everything else of the user's stays here.
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV")
DEFAULT_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class FunctionTarget:
    """A function as the template declares it; its memory is not enforced."""

    folder: Path
    handler: str = "handler.handler"
    environment: Mapping[str, str] = field(default_factory=dict)
    name: str = "function"
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS
    memory_megabytes: int = 128
    layers: Path | None = None  # what Lambda has below /opt
    version: str = "$LATEST"
    fault: str = ""  # why its code cannot run, as the error of each invocation

    def to_json(self) -> dict[str, Any]:
        """Return the target as JSON."""
        texts = {"folder": str(self.folder), "environment": dict(self.environment)}
        return {**vars(self), **texts, "layers": str(self.layers) if self.layers else None}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> FunctionTarget:
        """Parse the result of `to_json`."""
        layers = value.get("layers")
        folders = {"folder": Path(value["folder"]), "layers": Path(layers) if layers else None}
        return cls(**{**value, **folders})


@dataclass(frozen=True)
class FunctionResult:
    """The result of an invocation."""

    payload: Any  # through JSON; None after a failure
    error: str | None  # type and message in one line
    log: str
    seconds: float
    trace: tuple[str, ...] = ()  # of a failure, a frame a text


def invoke_function(
    target: FunctionTarget, event: object, aws: Mapping[str, str], account: str = "000000000000"
) -> FunctionResult:
    """Run a function once and wait for it; a failure or a timeout is a result too.

    `aws` holds the environment variables of its AWS clients (`Aws.environment`).
    """
    region = aws.get("AWS_REGION", aws.get("AWS_DEFAULT_REGION", "us-east-1"))
    context = {
        "function_name": target.name,
        "function_version": target.version,
        "invoked_function_arn": f"arn:aws:lambda:{region}:{account}:function:{target.name}",
        "memory_limit_in_mb": str(target.memory_megabytes),
        "timeout_seconds": target.timeout_seconds,
    }
    environment = {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        **target.environment,
        **aws,
        "AWS_LAMBDA_FUNCTION_NAME": target.name,
        "AWS_LAMBDA_FUNCTION_VERSION": target.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(target.memory_megabytes),
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
        "LAMBDA_TASK_ROOT": str(target.folder),
        "_HANDLER": target.handler,
        "PYTHONPATH": os.pathsep.join(
            [str(target.folder), *([str(target.layers / "python")] if target.layers else [])]
        ),
        **({"LAYERS_FOLDER": str(target.layers)} if target.layers else {}),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_PROXY": "*",
    }
    if target.fault or not target.folder.is_dir():
        fault = target.fault or f"FileNotFoundError: no folder {target.folder}"
        return FunctionResult(None, fault, "", 0.0)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="function-") as scratch:
        answer = Path(scratch) / "answer.json"
        log = Path(scratch) / "log"
        request = Path(scratch) / "request.json"
        request.write_text(json.dumps({"event": event, "context": context}))
        failure = _run(target, environment, [str(request), str(answer)], log)
        seconds = time.monotonic() - started
        text = log.read_text(errors="replace")
        if failure is None and not answer.exists():
            failure = "Runtime.ExitError: the function's process ended without an answer"
        if failure is not None:
            return FunctionResult(None, failure, text, seconds)
        value = json.loads(answer.read_text())
        return FunctionResult(
            value.get("payload"), value.get("error"), text, seconds, tuple(value.get("trace", ()))
        )


def _run(
    target: FunctionTarget, environment: dict[str, str], arguments: list[str], log: Path
) -> str | None:
    # -P: the host's own folder must not shadow the function's modules.
    command = [sys.executable, "-P", str(_HOST), *arguments]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=target.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait(target.timeout_seconds)
        except subprocess.TimeoutExpired:
            return f"Sandbox.Timedout: {target.name} ran longer than {target.timeout_seconds} s"
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    return None
