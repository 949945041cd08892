"""Requests that AWS refuses by their form, before any service looks at what they ask for.

moto fails on them, or answers as if they were right. Source of the errors:
https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html and the services' common errors. The
requests of SageMaker are validated by botocore's model of each, as the service validates them.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from pipeline_local.local_aws.refusals import refuse, service_of
from pipeline_local.local_aws.sagemaker_operations import refusal
from pipeline_schema.absent import without_nulls
from pipeline_schema.api_model import api_models, service_model
from pipeline_schema.model_cards import card_problems
from pipeline_schema.shape_values import shape_problems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.local_aws.invocation import Answer

_FORM, _JSON = "application/x-www-form-urlencoded", "application/x-amz-json-1."
_SAGEMAKER, _PREFIX = "sagemaker", "SageMaker"
_BAD = "400 Bad Request"
_METRICS = "PUT /BatchPutMetrics"  # of trial components, which moto keeps
_ENDPOINT = re.compile(r"POST /endpoints/[^/]+/[a-z-]+")


class _MalformedError(Exception):
    """A request that is refused: the error's code, and a message."""


def refused_form(environ: Mapping[str, Any], content: bytes) -> Answer | None:
    """Return the error of a request that is malformed, else None."""
    if environ.get("HTTP_SMITHY_PROTOCOL"):
        return None
    method = environ.get("REQUEST_METHOD")
    try:
        _check_place(service_of(environ), f"{method} {environ.get('PATH_INFO')}")
        if method != "POST":
            return None
        if target := environ.get("HTTP_X_AMZ_TARGET"):
            _check_target(environ, content, target)
        else:
            _check_action(environ, content)
    except _MalformedError as error:
        code, message = error.args
        status = () if code == "NotImplemented" else (_BAD,)
        return refuse(environ, code, message, *status)
    return None


def unknown_operation(environ: Mapping[str, Any], content: bytes) -> Answer | None:
    """Return the error of a request for an operation that its service does not have, else None.

    It reads the model of the service, so it is for requests that moto failed on.
    """
    from botocore.exceptions import UnknownServiceError

    service, target = service_of(environ), environ.get("HTTP_X_AMZ_TARGET")
    (action,) = parse_qs(content.decode(errors="replace")).get("Action", [None])[:1]
    operation = target.rpartition(".")[2] if target else action
    try:
        known = api_models().load_service_model(service, "service-2", api_version=None)
    except UnknownServiceError:
        return None
    if operation is None or operation in known["operations"]:
        return None
    code = "UnknownOperationException" if target else "InvalidAction"
    return refuse(environ, code, f"{service} has no operation {operation}", _BAD)


def _check_place(service: str, call: str) -> None:
    """Refuse the other APIs that are signed for as SageMaker's, such as that of endpoints."""
    if service == _SAGEMAKER and call not in ("POST /", _METRICS):
        advice = "no endpoint serves here; a Transform step asks a model"
        why = advice if _ENDPOINT.fullmatch(call) else f"no such API of {service} is here"
        message = f"the local AWS cannot do this: {call}: {why}"
        raise _MalformedError("NotImplemented", message)


def _check_action(environ: Mapping[str, Any], content: bytes) -> None:
    service = service_of(environ)
    if service == _SAGEMAKER:
        raise _MalformedError("UnknownOperationException", "the request has no X-Amz-Target")
    form = str(environ.get("CONTENT_TYPE")).startswith(_FORM) and environ.get("PATH_INFO") == "/"
    asked = f"{environ.get('QUERY_STRING', '')}&{content.decode(errors='replace')}"
    if form and service and "Action" not in parse_qs(asked):
        raise _MalformedError("MissingAction", "the request has no Action")


def _check_target(environ: Mapping[str, Any], content: bytes, target: str) -> None:
    service, kind = service_of(environ), environ.get("CONTENT_TYPE") or ""
    if not service:
        code = "MissingAuthenticationTokenException"
        raise _MalformedError(code, "Missing Authentication Token")
    if not kind.startswith(_JSON):
        message = f"the content type {kind!r} is not {_JSON}1"
        raise _MalformedError("UnknownOperationException", message)
    try:
        request = json.loads(content)
    except (ValueError, RecursionError) as error:
        message = f"the body is not JSON: {error}"
        raise _MalformedError("SerializationException", message) from None
    if not isinstance(request, dict):
        raise _MalformedError("SerializationException", "the body is no JSON object")
    if service == _SAGEMAKER:
        _check_members(target, request)


def _check_members(target: str, request: dict[str, Any]) -> None:
    """Validate a request of SageMaker by botocore's model of its operation."""
    prefix, _, operation = target.partition(".")
    if prefix != _PREFIX or operation not in service_model().operation_names:
        message = f"SageMaker has no operation {target!r}"
        raise _MalformedError("UnknownOperationException", message)
    shape: Any = service_model().operation_model(operation).input_shape
    problems = [*shape_problems(without_nulls(request, shape), shape, "", None)] if shape else []
    problems += card_problems(operation, request)
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        raise _MalformedError("ValidationException", count + "; ".join(problems))
    if reason := refusal(operation):
        raise _MalformedError(
            "NotImplemented", f"the local AWS cannot do this: {operation}: {reason}"
        )
