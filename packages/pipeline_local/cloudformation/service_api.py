"""Calls of a service's API with values as templates write them."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.resource_type import NotFoundError, ResourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline_local.cloudformation.resource_type import Context

_GONE = re.compile(r"NotFound|NoSuch|NonExistent|DoesNotExist|^404$")


class Api:
    """The API of a service: called by an operation's name, with values in the template's form.

    Values are fitted to the operation's shape: names of members in another case, numbers and
    booleans that are text, documents that the service takes as text, and tags.
    """

    def __init__(self, context: Context, service: str) -> None:
        self._client = context.client(service)

    def __call__(self, operation: str, **values: Any) -> dict[str, Any]:
        """Call an operation; raise `ResourceError` with the service's words if it refuses."""
        with self._refusals():
            answer: dict[str, Any] = getattr(self._client, operation)(
                **self._fitted(operation, values)
            )
        return answer

    def every(self, operation: str, member: str, **values: Any) -> list[Any]:
        """Return the items of all pages of an operation."""
        if not self._client.can_paginate(operation):
            return list(self(operation, **values).get(member, ()))
        pages = self._client.get_paginator(operation)
        with self._refusals():
            return [
                item
                for page in pages.paginate(**self._fitted(operation, values))
                for item in page.get(member, ())
            ]

    def unless_gone(self, operation: str, **values: Any) -> dict[str, Any]:
        """Call an operation on what may be gone; the answer is empty if it is."""
        with suppress(NotFoundError):
            return self(operation, **values)
        return {}

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        try:
            yield
        except ClientError as error:
            answer = error.response
            code, message = answer["Error"].get("Code", ""), answer["Error"].get("Message", "")
            about = answer["ResponseMetadata"]
            words = self._client.meta.service_model.service_id.split()
            service = "".join(word.capitalize() if word.isupper() else word for word in words)
            raised = NotFoundError if _GONE.search(code) else ResourceError
            raise raised(
                f"{message or code} (Service: {service}, "
                f"Status Code: {about.get('HTTPStatusCode')}, "
                f"Request ID: {about.get('RequestId', '')}) (SDK Attempt Count: 1)"
            ) from error
        except (BotoCoreError, ResponseParserError) as error:
            raise ResourceError(str(error)) from error

    def _fitted(self, operation: str, values: Mapping[str, Any]) -> dict[str, Any]:
        name = self._client.meta.method_to_api_mapping[operation]
        shape = self._client.meta.service_model.operation_model(name).input_shape
        given = {key: value for key, value in values.items() if value is not None}
        fitted: dict[str, Any] = _fit(given, shape, operation)
        return fitted


def _fit(value: Any, shape: Any, where: str) -> Any:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return {
            _member(name, shape, where): _fit(
                each, shape.members[_member(name, shape, where)], f"{where}.{name}"
            )
            for name, each in value.items()
        }
    if kind == "list":
        items = as_tags(value) if isinstance(value, dict) else value
        return [_fit(each, shape.member, where) for each in items]
    if kind == "map":
        pairs = value.items() if isinstance(value, dict) else as_pairs(value)
        return {str(key): _fit(each, shape.value, f"{where}.{key}") for key, each in pairs}
    return _scalar(value, kind, where)


def _scalar(value: Any, kind: str, where: str) -> Any:
    try:
        if kind in {"integer", "long"}:
            return int(value)
        if kind in {"float", "double"}:
            return float(value)
    except (TypeError, ValueError):
        raise ResourceError(f"{where}: {value!r} is not a number") from None
    if kind == "boolean":
        return as_boolean(value)
    return as_text(value) if kind == "string" else value


def _member(name: str, shape: Any, where: str) -> str:
    if name in shape.members:
        return name
    for member in shape.members:
        if member.lower() in {name.lower(), f"tag{name.lower()}"}:
            return str(member)
    raise ResourceError(f"extraneous key [{name}] is not permitted ({where})")


def as_pairs(tags: Any) -> Iterator[tuple[str, str]]:
    """Yield the tags of a template, or of any API, as pairs of key and value."""
    if isinstance(tags, dict):
        yield from tags.items()
        return
    for tag in tags or ():
        lower = {key.lower().removeprefix("tag"): value for key, value in tag.items()}
        yield lower["key"], lower.get("value", "")


def as_tags(tags: Any) -> list[dict[str, str]]:
    """Return tags of any API in the form of most templates."""
    return [{"Key": key, "Value": value} for key, value in sorted(as_pairs(tags))]


def as_boolean(value: Any) -> bool:
    """Return a template's boolean, which may be text."""
    return str(value).lower() == "true"


def as_text(value: Any) -> str:
    """Return a value as text: a document as JSON, a boolean in lower case."""
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"))
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_document(text: str) -> Any:
    """Return a document that a service keeps as text."""
    return json.loads(text)


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Rename members at any depth.

    A name with a dot (``Expiration.Days``) is that of a member's member, on either side.
    """
    if isinstance(value, list):
        return [renamed(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    result: dict[str, Any] = {}
    for path, each in _paths(value, names):
        *outer, last = names.get(path, path).split(".")
        place = result
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = renamed(each, names)
    return result


def _paths(value: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for name, each in value.items():
        inner = {f"{name}.{member}" for member in each} if isinstance(each, dict) else set()
        if inner & names.keys():
            yield from ((f"{name}.{member}", item) for member, item in each.items())
        else:
            yield name, each


def capitalized(value: Any, *maps: str) -> Any:
    """Return members of an answer by the names of a template: ``metricName`` is ``MetricName``.

    The keys of `maps` stay as they are.
    """
    if isinstance(value, list):
        return [capitalized(each, *maps) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name[:1].upper() + name[1:]: each if name in maps else capitalized(each, *maps)
        for name, each in value.items()
        if each is not None
    }
