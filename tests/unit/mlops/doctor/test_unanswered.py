"""Answers that are none of AWS's, and none at all: one line each, and the next check goes on."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, NoCredentialsError
from typer.testing import CliRunner

from environments import load_environment
from mlops.command_line import doctor
from mlops.command_line.main import app
from mlops.doctor import Subject, examine, examining, quotas
from mlops.doctor.reads import Reader
from pipeline_local.aws import Aws

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = b"<!DOCTYPE html>\n<html><head><title>Blocked</title></head>\n<body><hr></body></html>"
FAILURE = b'{"__type": "InternalFailure",\n "message": "it failed"}'
CALLER = (
    b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111111111111</Account>"
    b"<Arn>arn:aws:iam::111111111111:user/one</Arn><UserId>A</UserId></GetCallerIdentityResult>"
    b"</GetCallerIdentityResponse>"
)


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> list[bytes]:
        return [self._content]


def _answer(status: int, content: bytes) -> Callable[..., AWSResponse]:
    headers: Any = {"content-type": "text/html"}

    def answer(request: Any, **_: object) -> AWSResponse:
        return AWSResponse(request.url, status, headers, _Body(content))

    return answer


def _fail(error: Exception) -> Callable[..., None]:
    def fail(**_: object) -> None:
        raise error

    return fail


@pytest.fixture
def subject(monkeypatch: pytest.MonkeyPatch) -> Subject:
    """An environment without resources, in an account that says whose it is and no more."""
    for name, value in (("ACCESS_KEY_ID", "a"), ("SECRET_ACCESS_KEY", "b"), ("MAX_ATTEMPTS", "1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    checks = (("one", quotas.lambda_concurrency), ("two", quotas.identities))
    monkeypatch.setattr(examining, "CHECKS", checks)
    world: Any = SimpleNamespace(of_kind=lambda *_: ())
    settings = load_environment("dev")
    reader = Reader(Aws(settings.region, settings.account))
    _register(reader, "sts", _answer(200, CALLER))
    policies: Any = None
    return Subject(settings, world, policies, reader)


def _register(reader: Reader, service: str, handler: Callable[..., object]) -> None:
    reader.client(service).meta.events.register("before-send", handler)


NONE_OF_AWS = {
    "page": (_answer(200, PAGE), "HTTP 200 with a page of HTML"),
    "refusal": (_answer(403, PAGE), "HTTP 403 with a page of HTML"),
    "error": (_answer(502, PAGE), "HTTP 502 with a page of HTML"),
    "unreachable": (
        _fail(EndpointConnectionError(endpoint_url="https://one/", error="a\nb")),
        'Could not connect to the endpoint URL: "https://one/"',
    ),
}


@pytest.mark.parametrize("case", NONE_OF_AWS)
def test_what_is_no_answer_of_aws_is_one_line(subject: Subject, case: str) -> None:
    handler, words = NONE_OF_AWS[case]
    for service in ("lambda", "iam"):
        _register(subject.reader, service, handler)
    lines = [each for each in examine(subject) if each.check in {"one", "two"}]
    assert [each.verdict.value for each in lines] == ["unknown", "unknown"]
    for each in lines:
        assert words in each.what
        assert "\n" not in each.what
        assert "<" not in each.what


@pytest.mark.parametrize("words", [["--json"], []])
def test_an_answer_that_cannot_be_parsed_is_no_traceback(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    for service in ("lambda", "iam"):
        _register(subject.reader, service, _answer(500, FAILURE))
    monkeypatch.setattr(doctor, "_subject", lambda *_, **__: subject)
    result = CliRunner().invoke(app, ["doctor", "-e", "dev", *words])
    assert result.exit_code == 0, result.output
    assert "__type" not in result.output
    if words:
        lines = json.loads(result.output)["lines"]
        found = {each["check"]: each["what"] for each in lines if each["verdict"] == "unknown"}
        assert found["two"].startswith("AWS cannot be asked: Unable to parse response")
        assert "\n" not in found["two"]
    else:
        assert "unknown   two: AWS cannot be asked: Unable to parse response" in result.output


OF_THE_CALLER = {
    "page": (_answer(200, PAGE), "HTTP 200 with a page of HTML", ()),
    "failure": (_answer(500, FAILURE), "Unable to parse response", ()),
    "unreachable": (NONE_OF_AWS["unreachable"][0], "Could not connect to the endpoint", ()),
    "nobody": (_fail(NoCredentialsError()), "Unable to locate credentials", ("aws sso login",)),
}


@pytest.mark.parametrize("case", OF_THE_CALLER)
def test_without_an_answer_to_whose_account_it_is_nothing_else_is_asked(
    subject: Subject, case: str
) -> None:
    handler, words, commands = OF_THE_CALLER[case]
    subject.client("sts").meta.events.register_first("before-send", handler)
    (line,) = examine(subject)
    assert (line.check, line.verdict.value, line.commands) == ("account", "problem", commands)
    assert words in line.what
    assert "\n" not in line.what
