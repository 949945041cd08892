"""Lambda's Invoke for the functions of deployments; moto would need Docker.

Source: Lambda API reference, Invoke.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from pipeline_local.aws.functions import invoke_function
from pipeline_local.aws.variables import account_of
from pipeline_local.local_aws.deployed_functions import foreign_runtimes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipeline_local.aws.functions import FunctionResult, FunctionTarget

Answer = tuple[str, list[tuple[str, str]], bytes]  # status line, headers, body
_PATH = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations")
_SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/lambda/")
# A name alone, after an account, or in an ARN; each with a version or an alias.
_NAME = re.compile(
    r"(?:arn:[a-z-]+:lambda:(?P<region>[a-z0-9-]+):)?(?:(?P<account>\d{12}):)?(?:function:)?"
    r"(?P<name>[\w-]+)(?::(?P<qualifier>[\w$-]+))?"
)
_LATEST = "$LATEST"
# Bytes of a request, by its type (Lambda quotas, "Invocation payload").
_MOST_BYTES = {"RequestResponse": 6_291_456, "Event": 1_048_576, "DryRun": 6_291_456}
_LOG_BYTES = 4096
_EVENT_ATTEMPTS = 3  # Lambda developer guide, asynchronous invocation: two more after a failure


@dataclass(frozen=True)
class _Call:
    """One invocation."""

    target: FunctionTarget
    event: Any
    aws: Mapping[str, str]
    account: str
    log: Callable[[str], None]

    def run(self) -> FunctionResult:
        """Run the function, and write down how it ended."""
        result = invoke_function(self.target, self.event, self.aws, self.account)
        ended = result.error or f"succeeded in {result.seconds:.1f} s"
        self.log(f"{self.target.name}: {ended}\n{result.log}")
        return result

    def run_later(self) -> None:
        """Run the function until it succeeds, as Lambda does for an event."""
        for _ in range(_EVENT_ATTEMPTS):
            if self.run().error is None:
                return


class _RefusedError(Exception):
    """An error of the request, in Lambda's words."""

    def __init__(self, status: str, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def invocation(
    environ: Mapping[str, Any],
    content: bytes,
    functions: Callable[[], Mapping[str, Callable[[], FunctionTarget]]],
    variables: Callable[[str, str], Mapping[str, str]],
    log: Callable[[str], None],
) -> Answer | None:
    """Answer an Invoke of one of the `functions` (by ARN); return None for another request.

    Only the function that is invoked is prepared.

    A function's failure is an answer with the header ``X-Amz-Function-Error``.
    """
    found = _PATH.fullmatch(str(environ.get("PATH_INFO", "")))
    if found is None or environ.get("REQUEST_METHOD") != "POST":
        return None
    try:
        arn, target = _function(environ, unquote(found["name"]), functions())
        kind = _kind(environ)
        event = _event(kind, content)
    except _RefusedError as refused:
        value = {"Type": "User", "Message": str(refused)}
        return json_answer(refused.status, value, ("X-Amzn-ErrorType", refused.code))
    _, _, _, region, account, *_ = arn.split(":")
    call = _Call(target, event, variables(account, region), account, log)
    if kind == "Event":
        threading.Thread(target=call.run_later, name=target.name, daemon=True).start()
        return "202 Accepted", [("Content-Length", "0")], b""
    if kind == "DryRun":
        return "204 No Content", [], b""
    with_log = environ.get("HTTP_X_AMZ_LOG_TYPE") == "Tail"
    return _answer(call.run(), target.version, with_log=with_log)


def _kind(environ: Mapping[str, Any]) -> str:
    kind = str(environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "RequestResponse"))
    if kind not in _MOST_BYTES:
        words = f"InvocationType: {kind!r} is not one of {', '.join(_MOST_BYTES)}"
        raise _RefusedError("400 Bad Request", "InvalidParameterValueException", words)
    return kind


def _event(kind: str, content: bytes) -> Any:
    if len(content) > _MOST_BYTES[kind]:
        words = f"Request must be smaller than {_MOST_BYTES[kind]} bytes for the InvokeFunction"
        status, code = "413 Content Too Large", "RequestTooLargeException"
        raise _RefusedError(status, code, f"{words} operation")
    try:
        return json.loads(content or b"{}", parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        words = f"Could not parse request body into json: {error}"
        code = "InvalidRequestContentException"
        raise _RefusedError("400 Bad Request", code, words) from None


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is no value of JSON")


def _answer(result: FunctionResult, version: str, *, with_log: bool) -> Answer:
    value, headers = result.payload, [("X-Amz-Executed-Version", version)]
    if result.error is not None:
        kind, _, message = result.error.partition(": ")
        value = {"errorType": kind, "errorMessage": message, "stackTrace": list(result.trace)}
        headers.append(("X-Amz-Function-Error", "Unhandled"))
    if with_log:
        tail = base64.b64encode(result.log.encode()[-_LOG_BYTES:]).decode()
        headers.append(("X-Amz-Log-Result", tail))
    return json_answer("200 OK", value, *headers)


def _function(
    environ: Mapping[str, Any], name: str, known: Mapping[str, Callable[[], FunctionTarget]]
) -> tuple[str, FunctionTarget]:
    """Return the function of a request, and its ARN."""
    scope = _SCOPE.search(str(environ.get("HTTP_AUTHORIZATION", "")))
    named = _NAME.fullmatch(name)
    asked = named.groupdict() if named else {"name": name}
    (qualifier,) = parse_qs(str(environ.get("QUERY_STRING", ""))).get("Qualifier", [None])[:1]
    qualifier = asked.get("qualifier") or qualifier
    region = asked.get("region") or (scope["region"] if scope else None)
    account = asked.get("account") or (account_of(scope["key"]) if scope else None)
    tail = f":{qualifier}" if qualifier and qualifier != _LATEST else ""
    end = f":function:{asked['name']}{tail}"
    place = ":".join(re.escape(part) if part else "[^:]+" for part in (region, account))
    wanted = re.compile(f"arn:[^:]+:lambda:{place}{re.escape(end)}")
    if arn := next(filter(wanted.fullmatch, known), None):
        return arn, known[arn]()
    for arn, runtime in foreign_runtimes().items():
        if wanted.fullmatch(arn):
            words = f"a function of runtime {runtime} cannot run here, only Python"
            raise _RefusedError("501 Not Implemented", "NotImplemented", words)
    words = f"Function not found: arn:aws:lambda:{region}:{account}{end}"
    raise _RefusedError("404 Not Found", "ResourceNotFoundException", words)


def json_answer(status: str, value: object, *headers: tuple[str, str]) -> Answer:
    """Build an answer with a JSON body."""
    body = json.dumps(value).encode()
    size = ("Content-Length", str(len(body)))
    return status, [*headers, ("Content-Type", "application/json"), size], body
