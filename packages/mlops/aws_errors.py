"""Error responses of AWS, explained."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterator


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
