"""Calls of AWS: all pages of a listing, error responses explained, a call as a command."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


@dataclass(frozen=True)
class Call:
    """One call; service and operation as boto3 names them."""

    service: str
    operation: str
    request: Mapping[str, Any]

    def command(self, region: str) -> str:
        """Render it as a command of the AWS command line.

        Examples
        --------
        >>> Call("s3", "delete_bucket", {"Bucket": "data"}).command("eu-central-1")
        'aws s3api delete-bucket --region eu-central-1 --bucket data'
        """
        from botocore import xform_name

        service = "s3api" if self.service == "s3" else self.service
        words = ["aws", service, self.operation.replace("_", "-"), "--region", region]
        for name, value in self.request.items():
            words.append(f"--{xform_name(name, '-')}")
            values = value if isinstance(value, list) else [] if value is True else [value]
            words.extend(map(str, values))
        return shlex.join(words)
