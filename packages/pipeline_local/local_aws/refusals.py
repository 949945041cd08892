"""Refusals of requests in the protocol of their service, so that a client reads an error in them.

Source of the forms: https://smithy.io/2.0/aws/protocols/index.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.local_aws.invocation import Answer

STATUS = "501 Not Implemented"  # not 500, which clients would retry
_SCOPE = re.compile(r"Credential=[^/\s]+/\d+/[^/]+/([^/]+)/aws4_request")
_FORM = "application/x-www-form-urlencoded"
# Of the names in signatures; S3's is S3 Control's, too.
_REST_XML = ("s3", "cloudfront", "route53")
_ECHO = re.compile(rb"An error occurred \(\w+\) when calling the \w+ operation: ")
_NO_ROUTE = b"<!doctype html>"


def service_of(environ: Mapping[str, Any]) -> str:
    """Return the service that a request was signed for; an empty text if it was not."""
    found = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return found[1].lower() if found else ""


def refuse(environ: Mapping[str, Any], code: str, message: str, status: str = STATUS) -> Answer:
    """Build an answer with an error, as the protocol of the request wants it."""
    service = service_of(environ)
    if environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor":
        body = _cbor({"__type": code, "message": message})
        return _answer(status, "application/cbor", body, ("smithy-protocol", "rpc-v2-cbor"))
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    if service == "ec2":
        error = f"<Response><Errors>{error}</Errors><RequestID>local</RequestID></Response>"
    elif environ.get("CONTENT_TYPE", "").startswith(_FORM) or service in _REST_XML[1:]:
        error = f"<ErrorResponse>{error}<RequestId>local</RequestId></ErrorResponse>"
    elif service not in _REST_XML:
        body = json.dumps({"__type": code, "message": message}).encode()
        return _answer(status, "application/json", body, ("x-amzn-errortype", code))
    return _answer(status, "text/xml", error.encode())


def without_route(environ: Mapping[str, Any], answer: Answer) -> Answer:
    """Refuse a request that moto has no route for, which it answers with a page for people."""
    if not answer[2].startswith(_NO_ROUTE) or answer[0].startswith("2"):
        return answer
    call = f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}"
    service = service_of(environ) or "no service that is known"
    return refuse(environ, "NotImplemented", f"the local AWS cannot do this: {call} of {service}")


def without_echo(answer: Answer) -> Answer:
    """Leave out the words that a client puts before an error's message, and that moto has in it."""
    status, headers, body = answer
    if not _ECHO.search(body) or status.startswith("2"):
        return answer
    body = _ECHO.sub(b"", body)
    others = [each for each in headers if each[0].lower() != "content-length"]
    return status, [*others, ("Content-Length", str(len(body)))], body


def _answer(status: str, kind: str, body: bytes, *headers: tuple[str, str]) -> Answer:
    return status, [*headers, ("Content-Type", kind), ("Content-Length", str(len(body)))], body


def _cbor(texts: dict[str, str]) -> bytes:
    """Encode a map of texts."""
    encoded = (text.encode() for pair in texts.items() for text in pair)
    return bytes([0xA0 | len(texts)]) + b"".join(
        b"\x79" + len(text).to_bytes(2, "big") + text for text in encoded
    )
