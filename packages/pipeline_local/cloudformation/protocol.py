"""CloudFormation's requests and answers: AWS's query protocol, as botocore's model describes it."""

from __future__ import annotations

import re
import uuid
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from pipeline_local.cloudformation.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Answer = tuple[str, list[tuple[str, str]], bytes]  # status line, headers, body
_SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/cloudformation/")
_NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


def scope_of(environ: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return access key and region of a request to CloudFormation; None of another one."""
    found = _SCOPE.search(str(environ.get("HTTP_AUTHORIZATION", "")))
    return (found["key"], found["region"]) if found else None


@cache
def _model() -> Any:
    from moto.core.utils import get_service_model

    return get_service_model("cloudformation")


def answer(content: bytes, operate: Callable[[str, dict[str, Any]], dict[str, Any]]) -> Answer:
    """Answer a request by an operation's name and its arguments."""
    from moto.core.parse import QueryParser
    from moto.core.serialize import QuerySerializer

    sent = {
        name: values[0]
        for name, values in parse_qs(content.decode(), keep_blank_values=True).items()
    }
    action = sent.get("Action", "")
    if action not in _model().operation_names:
        words = f"Could not find operation {action} for version 2010-05-15"
        return _refused(Refusal("InvalidAction", words))
    operation = _model().operation_model(action)
    try:
        parsed: dict[str, Any] = QueryParser(operation).parse({"values": sent})  # type: ignore[typeddict-item]
        result = operate(action, parsed)
    except Refusal as refusal:
        return _refused(refusal)
    made = QuerySerializer(operation).serialize(result)
    return _answer("200 OK", str(made["body"]))


def _refused(refusal: Refusal) -> Answer:
    from xml.sax.saxutils import escape

    body = (
        f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>Sender</Type>'
        f"<Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message></Error>"
        f"<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    )
    return _answer("400 Bad Request", body)


def _answer(status: str, text: str) -> Answer:
    body = text.encode()
    return status, [("Content-Type", "text/xml"), ("Content-Length", str(len(body)))], body
