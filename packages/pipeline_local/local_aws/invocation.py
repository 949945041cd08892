"""Lambda's Invoke for the functions of deployments; moto would need Docker."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from pipeline_local.aws.functions import FunctionTarget, invoke_function

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Answer = tuple[str, list[tuple[str, str]], bytes]  # status line, headers, body
_PATH = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations")
_ACCOUNT_AND_REGION = re.compile(
    r"arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):"
)


def invocation(
    environ: Mapping[str, Any],
    content: bytes,
    functions: Callable[[], Mapping[str, Any]],
    variables: Callable[[str, str], Mapping[str, str]],
    log: Callable[[str], None],
) -> Answer | None:
    """Answer an Invoke of one of the `functions` (by ARN); return None otherwise.

    A function's failure is an answer with the header ``X-Amz-Function-Error``.
    """
    found = _PATH.fullmatch(str(environ.get("PATH_INFO", "")))
    if found is None or environ.get("REQUEST_METHOD") != "POST":
        return None
    name, known = unquote(found["name"]), functions()
    arn = next((arn for arn in known if name in {arn, arn.rpartition(":")[2]}), None)
    place = _ACCOUNT_AND_REGION.match(arn or "")
    if arn is None or place is None:
        return None
    target = FunctionTarget.from_json(known[arn])
    aws = variables(place["account"], place["region"])
    result = invoke_function(target, json.loads(content or b"null"), aws, place["account"])
    log(f"{target.name}: {result.error or f'succeeded in {result.seconds:.1f} s'}\n{result.log}")
    value, headers = result.payload, []
    if result.error is not None:
        kind, _, message = result.error.partition(": ")
        value = {"errorType": kind, "errorMessage": message}
        headers = [("X-Amz-Function-Error", "Unhandled")]
    return json_answer("200 OK", value, *headers)


def json_answer(status: str, value: object, *headers: tuple[str, str]) -> Answer:
    """Build an answer with a JSON body."""
    body = json.dumps(value).encode()
    size = ("Content-Length", str(len(body)))
    return status, [*headers, ("Content-Type", "application/json"), size], body
