"""Requests to the control addresses of the local AWS's server."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from pipeline_local.aws.address import Address

CONTROL = "/_local/"
TOKEN_HEADER = "x-local-aws-token"  # noqa: S105 (a header's name)
_ANSWER_SECONDS = 10.0
_OK = 200


def ask(address: Address, name: str, content: object = None) -> dict[str, Any] | None:
    """Send JSON to a control address; return the response, or None if there is none."""
    # Not urllib: a proxy of the environment must not see loopback traffic.
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=_ANSWER_SECONDS)
    try:
        method = "GET" if content is None else "POST"
        body = None if content is None else json.dumps(content)
        connection.request(method, CONTROL + name, body, {TOKEN_HEADER: address.token})
        response = connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    if response.status != _OK:
        raise MlopsError(f"the local AWS refused {name}: {answer.get('message')}")
    return answer
