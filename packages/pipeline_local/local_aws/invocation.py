"""Lambda's Invoke for the functions of deployments; moto would need Docker."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from pipeline_local.aws.functions import FunctionTarget, invoke_function
from pipeline_local.local_aws.deployed_functions import deployed_function
from pipeline_local.local_aws.moto_patches import account_of_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Answer = tuple[str, list[tuple[str, str]], bytes]  # status line, headers, body
_PATH = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations")
_SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/lambda/")
_ACCOUNT_AND_REGION = re.compile(
    r"arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):"
)


def invoked_name(environ: Mapping[str, Any]) -> str | None:
    """Return the function that a request to Lambda invokes, by name or ARN; None of another one."""
    found = _PATH.fullmatch(str(environ.get("PATH_INFO", "")))
    if found is None or environ.get("REQUEST_METHOD") != "POST":
        return None
    return unquote(found["name"])


def place_of(environ: Mapping[str, Any], arn: str) -> tuple[str, str]:
    """Return account and region: of an ARN, or else of the request."""
    named = _ACCOUNT_AND_REGION.match(arn)
    if named is not None:
        return named["account"], named["region"]
    signed = _SCOPE.search(str(environ.get("HTTP_AUTHORIZATION", "")))
    key, region = signed.groups() if signed else ("", "us-east-1")
    return account_of_key(key), region


def find_function(
    environ: Mapping[str, Any], name: str, known: Mapping[str, Any], folder: Path
) -> tuple[FunctionTarget, str, str] | None:
    """Return a function by name or ARN, with its account and region; call it under the lock.

    Those of `known` (by ARN) go before what Lambda's API created, whose code is unpacked in
    `folder`.
    """
    arn = next((arn for arn in known if name in {arn, arn.rpartition(":")[2]}), None)
    account, region = place_of(environ, arn or name)
    if arn is not None:
        return FunctionTarget.from_json(known[arn]), account, region
    target = deployed_function(account, region, name, folder)
    return None if target is None else (target, account, region)


def invocation(
    target: FunctionTarget,
    account: str,
    content: bytes,
    aws: Mapping[str, str],
    log: Callable[[str], None],
) -> Answer:
    """Run a function and answer its Invoke.

    A function's failure is an answer with the header ``X-Amz-Function-Error``.
    """
    result = invoke_function(target, json.loads(content or b"null"), aws, account)
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
