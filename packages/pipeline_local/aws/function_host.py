"""The process of a Lambda function. It imports nothing of ours.

Started as ``python -P function_host.py REQUEST ANSWER``; the function's folder is on the path.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
import traceback
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

MOST_BYTES = 6_291_556  # the size of an answer that Lambda's message names


class Context:
    """The context of an invocation.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html.
    """

    def __init__(self, facts: dict[str, Any]) -> None:
        self.function_name = facts["function_name"]
        self.function_version = facts["function_version"]
        self.invoked_function_arn = facts["invoked_function_arn"]
        self.memory_limit_in_mb = facts["memory_limit_in_mb"]
        self.aws_request_id = str(uuid.uuid4())
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = "local"
        self.identity = None
        self.client_context = None
        self._deadline = time.monotonic() + facts["timeout_seconds"]

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the timeout."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


class RuntimeFault(Exception):  # noqa: N818 - Lambda's word
    """A failure that is not the function's own, with the type that Lambda's runtime gives it."""


def handler_of(named: str) -> Any:
    """Return a function's handler, or raise what Lambda's runtime for Python says."""
    module, dot, name = named.rpartition(".")
    if not dot:
        raise RuntimeFault(
            "Runtime.MalformedHandlerName", f"Bad handler '{named}': it names no module"
        )
    try:
        found = importlib.import_module(module.replace("/", "."))
    except ImportError as error:
        words = f"Unable to import module '{module}': {error}"
        raise RuntimeFault("Runtime.ImportModuleError", words) from error
    except SyntaxError as error:
        words = f"Syntax error in module '{module}': {error}"
        raise RuntimeFault("Runtime.UserCodeSyntaxError", words) from error
    if not hasattr(found, name):
        raise RuntimeFault(
            "Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module}'"
        )
    return getattr(found, name)


def marshalled(payload: Any) -> str:
    """Return an answer as JSON, or raise what Lambda says of one that is none or too large."""
    try:
        text = json.dumps(payload, default=as_number)
    except (TypeError, ValueError, RecursionError) as error:
        words = f"Unable to marshal response: {error}"
        raise RuntimeFault("Runtime.MarshalError", words) from error
    if len(text.encode()) > MOST_BYTES:
        words = f"Response payload size exceeded maximum allowed payload size ({MOST_BYTES} bytes)."
        raise RuntimeFault("Function.ResponseSizeTooLarge", words)
    return f'{{"payload": {text}}}'


def as_number(value: object) -> float:
    """Return a decimal number as JSON has it, as Lambda's runtime does."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def run_from_layers(folder: Path) -> None:
    """Let the function start programs of its layers, which Lambda has below /opt."""
    started: Any = subprocess.Popen.__init__

    def start(self: object, command: Any, *rest: Any, **options: Any) -> None:
        if isinstance(command, list) and str(command[0]).startswith("/opt/"):
            program = folder / str(command[0]).removeprefix("/opt/")
            with program.open("rb") as file:
                is_python = file.readline().startswith(b"#!/var/lang/bin/python")
            command = [*([sys.executable] if is_python else []), str(program), *command[1:]]
        started(self, command, *rest, **options)

    setattr(subprocess.Popen, "__init__", start)  # noqa: B010 (mypy allows no assignment)


def main(request_file: str, answer_file: str) -> None:
    """Call the handler with ``event`` and ``context``; write ``payload`` or ``error`` as JSON."""
    request = json.loads(Path(request_file).read_text())
    layers = os.environ.pop("LAYERS_FOLDER", "")
    if layers:
        run_from_layers(Path(layers))
    try:
        handler = handler_of(os.environ["_HANDLER"])
        text = marshalled(handler(request["event"], Context(request["context"])))
    except RuntimeFault as fault:
        traceback.print_exc()
        kind, words = fault.args
        text = json.dumps({"error": f"{kind}: {words}"})
    except Exception as error:  # noqa: BLE001 (whatever the function raises is its answer)
        traceback.print_exc()
        trace = traceback.format_tb(error.__traceback__)[1:]  # without this module
        text = json.dumps({"error": f"{type(error).__name__}: {error}", "trace": trace})
    Path(answer_file).write_text(text)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
