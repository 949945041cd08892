"""Calls of AWS: all pages of a listing, and error responses explained."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Names of the next page's token: in an answer, and in the next request.
_TOKENS = {"NextToken": "NextToken", "nextToken": "nextToken", "NextPageToken": "PageToken"}


def pages(client: Any, operation: str, field: str, **request: Any) -> Iterator[Any]:
    """Yield all items of a listing."""
    if client.can_paginate(operation):
        for page in client.get_paginator(operation).paginate(**request):
            yield from page.get(field, ())
        return
    while True:
        answer = getattr(client, operation)(**request)
        yield from answer.get(field, ())
        token = next((name for name in _TOKENS if answer.get(name)), None)
        if token is None:
            return
        request = {**request, _TOKENS[token]: answer[token]}


@contextmanager
def explained(message: str, *codes: str) -> Iterator[None]:
    """Replace an error response whose code contains one of `codes` by an error with a message."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if not any(code in error.response["Error"]["Code"] for code in codes):
            raise
        raise MlopsError(message) from None
