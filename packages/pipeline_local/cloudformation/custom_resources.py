"""Custom resources: a function's own code creates, changes and deletes them.

The function is invoked as CloudFormation does, and puts its answer to a URL of its own: here one of
the local AWS's server. Source: CloudFormation user guide, "Custom resource request objects".
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.resource_type import Resource, ResourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipeline_local.cloudformation.resource_type import Context

PATH = "/cloudformation-responses/"


class Responses:
    """The answers that functions owe."""

    def __init__(self, port: Callable[[], int]) -> None:
        self._port = port
        self._owed: dict[str, dict[str, Any] | None] = {}

    def expect(self) -> tuple[str, str]:
        """Return a new key and the URL for its answer."""
        key = uuid.uuid4().hex
        self._owed[key] = None
        return key, f"http://127.0.0.1:{self._port()}{PATH}{key}"

    def take(self, key: str, content: bytes) -> bool:
        """Note an answer; false if none is expected there."""
        if key not in self._owed:
            return False
        try:
            self._owed[key] = json.loads(content)
        except ValueError:
            self._owed[key] = {"Status": "FAILED", "Reason": "Invalid response: no JSON"}
        return True

    def take_out(self, key: str) -> dict[str, Any] | None:
        """Return an answer, which is expected no more; None if there is none."""
        return self._owed.pop(key)


@dataclass
class CustomResource:
    """A type ``Custom::…``; all its properties go to the function."""

    name: str
    responses: Responses
    properties: frozenset[str] = frozenset()

    def create(self, context: Context, properties: Mapping[str, Any]) -> Resource:
        """Ask the function to create it."""
        return self._ask(context, "Create", properties, "", {})

    def update(
        self,
        context: Context,
        physical_id: str,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> Resource:
        """Ask the function to change it; another physical id means that it replaced it."""
        return self._ask(context, "Update", after, physical_id, before)

    def read(self, _context: Context, _physical_id: str) -> Mapping[str, Any]:
        """Return nothing: only the function knows what it made."""
        return {}

    def delete(self, context: Context, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Ask the function to delete it."""
        self._ask(context, "Delete", properties, physical_id, {})

    def _ask(
        self,
        context: Context,
        request: str,
        properties: Mapping[str, Any],
        physical_id: str,
        before: Mapping[str, Any],
    ) -> Resource:
        token = str(properties.get("ServiceToken", ""))
        if ":lambda:" not in token:
            raise ResourceError(f"Invalid service token: {token or 'there is none'}")
        key, url = self.responses.expect()
        event = {
            "RequestType": request,
            "ServiceToken": token,
            "ResponseURL": url,
            "StackId": context.stack_id,
            "RequestId": str(uuid.uuid4()),
            "LogicalResourceId": context.logical_id,
            "ResourceType": self.name,
            "ResourceProperties": _texts(properties),
            **({"PhysicalResourceId": physical_id} if physical_id else {}),
            **({"OldResourceProperties": _texts(before)} if before else {}),
        }
        # Waiting for the function's end, not as AWS does for an hour after one that failed.
        ended = context.client("lambda").invoke(
            FunctionName=token, Payload=json.dumps(event).encode()
        )
        answer = self.responses.take_out(key)
        if answer is None:
            failed = f" ({ended['Payload'].read().decode()})" if "FunctionError" in ended else ""
            raise ResourceError(
                "CloudFormation did not receive a response from your Custom Resource. Please "
                f"check your logs for requestId [{event['RequestId']}].{failed}"
            )
        if answer.get("Status") != "SUCCESS":
            reason = answer.get("Reason") or "the function gave no reason"
            raise ResourceError(f"Received response status [FAILED] from custom resource. {reason}")
        made = str(answer.get("PhysicalResourceId") or physical_id or event["RequestId"])
        return Resource(made, dict(answer.get("Data") or {}))


def _texts(value: Any) -> Any:
    """Return properties as functions get them: scalars are texts."""
    if isinstance(value, dict):
        return {key: _texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_texts(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
