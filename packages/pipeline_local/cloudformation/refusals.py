"""Refusals of CloudFormation's API."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 (of the API, an answer)
    """A request is refused, with AWS's code and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def invalid(message: str) -> Refusal:
    """Return the refusal of a request that makes no sense."""
    return Refusal("ValidationError", message)
