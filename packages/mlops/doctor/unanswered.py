"""What stands where an answer of AWS should: a proxy's page, a broken answer, or nothing."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.parsers import ResponseParserError

# A class of errors that the first does not have (botocore/parsers.py).
NO_ANSWER = (BotoCoreError, ResponseParserError)
_HTML = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_PAGE = "a page of HTML"
_RETRIED = b"<html>"  # how an error begins that botocore itself tells from AWS's, and retries


def reason(error: Exception) -> str:
    """Return why there is no answer, on one line."""
    return f"AWS cannot be asked: {first_line(str(error))}"


def first_line(text: str) -> str:
    r"""Return the first line of a message, without what is HTML.

    Examples
    --------
    >>> first_line("Unable to parse it:\n<html>")
    'Unable to parse it'
    >>> first_line("<!DOCTYPE html>")
    'a page of HTML'
    """
    lines = _HTML.split(text.strip(), maxsplit=1)[0].splitlines()
    return lines[0].rstrip(" :") if lines else _PAGE if text.strip() else "no reason given"


def refuse_pages(response_dict: dict[str, Any], operation_model: Any, **_: object) -> None:
    """Refuse a page of HTML, of which botocore reads an answer without members (`before-parse`)."""
    body, status = bytes(response_dict["body"]).lstrip(), response_dict["status_code"]
    is_page = _HTML.match(body[:20].decode("ascii", "replace")) is not None
    is_retried = status >= HTTPStatus.INTERNAL_SERVER_ERROR and body.startswith(_RETRIED)
    if is_page and not is_retried:
        service = operation_model.service_model.service_name
        what = f"{service} {operation_model.name}: HTTP {status} with {_PAGE}"
        raise ResponseParserError(what)
