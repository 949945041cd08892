"""Invocations of a registered function, whose own calls are answered meanwhile."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from pipeline_local.aws import Aws, FunctionTarget
from tests.lambda_functions import create_function, zipped

if TYPE_CHECKING:
    from pathlib import Path

CODE = """
import boto3

def handle(event, context):
    if event["fail"]:
        raise ValueError("it is not approved")
    return boto3.client("sts").get_caller_identity()["Account"]
"""
NOISY = """
def handler(event, context):
    print("x" * 5000)
    return event
"""


@pytest.fixture
def name(aws: Aws, tmp_path: Path) -> str:
    (tmp_path / "handler.py").write_text(CODE)
    name = f"asked-{tmp_path.name}"
    arn = f"arn:aws:lambda:{aws.region}:{aws.account}:function:{name}"
    assert aws.register_function(arn, FunctionTarget(tmp_path, "handler.handle", name=name))
    return name


def test_a_function_answers_and_works_as_its_account(aws: Aws, name: str) -> None:
    answer = aws.client("lambda").invoke(FunctionName=name, Payload=b'{"fail": false}')
    assert json.loads(answer["Payload"].read()) == aws.account
    assert "FunctionError" not in answer


def test_a_failure_is_reported_as_by_lambda(aws: Aws, name: str) -> None:
    answer = aws.client("lambda").invoke(FunctionName=name, Payload=b'{"fail": true}')
    assert answer["FunctionError"] == "Unhandled"
    told = json.loads(answer["Payload"].read())
    (frame,) = told.pop("stackTrace")
    assert "in handle" in frame
    assert told == {"errorType": "ValueError", "errorMessage": "it is not approved"}


def told_by(aws: Aws, folder: Path, code: str, handler: str = "app.handler") -> Any:
    (folder / "app.py").write_text(code)
    name = folder.name.replace("_", "-")
    arn = f"arn:aws:lambda:{aws.region}:{aws.account}:function:{name}"
    aws.register_function(arn, FunctionTarget(folder, handler, name=name))
    return json.loads(aws.client("lambda").invoke(FunctionName=name)["Payload"].read())


def test_an_answer_may_have_six_megabytes(aws: Aws, tmp_path: Path) -> None:
    code = "handler = lambda *_: 'x' * {}"
    most = 6_291_556 - len('""')
    assert len(told_by(aws, tmp_path, code.format(most))) == most
    assert told_by(aws, tmp_path, code.format(most + 1)) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": (
            "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
        ),
        "stackTrace": [],
    }


def test_decimal_numbers_are_numbers(aws: Aws, tmp_path: Path) -> None:
    code = "from decimal import Decimal\nhandler = lambda *_: {'a': Decimal('1.5')}"
    assert told_by(aws, tmp_path, code) == {"a": 1.5}


@pytest.mark.parametrize(
    ("payload", "kind", "code"),
    [
        (b'{"a": NaN}', "RequestResponse", "InvalidRequestContentException"),
        (b"[" * 100_000, "RequestResponse", "InvalidRequestContentException"),
        (b'"' + b"x" * 6_291_455 + b'"', "RequestResponse", "RequestTooLargeException"),
        (b'"' + b"x" * 1_048_575 + b'"', "Event", "RequestTooLargeException"),
    ],
)
def test_an_event_is_json_of_a_limited_size(
    aws: Aws, name: str, payload: bytes, kind: Any, code: str
) -> None:
    with pytest.raises(ClientError, match=code):
        aws.client("lambda").invoke(FunctionName=name, Payload=payload, InvocationType=kind)


@pytest.mark.parametrize(
    ("code", "handler", "fault"),
    [
        ("import absent", "app.handler", "ImportModuleError: Unable to import module 'app'"),
        ("def handler(", "app.handler", "UserCodeSyntaxError: Syntax error in module 'app'"),
        ("", "app.handler", "HandlerNotFound: Handler 'handler' missing on module 'app'"),
        ("", "handler", "MalformedHandlerName: Bad handler 'handler'"),
        ("handler = lambda *_: {1, 2}", "app.handler", "MarshalError: Unable to marshal"),
        ("handler = lambda *_: exit(3)", "app.handler", "ExitError: ended without an answer"),
    ],
)
def test_faults_have_the_types_of_lambda_s_runtime(
    aws: Aws, tmp_path: Path, code: str, handler: str, fault: str
) -> None:
    kind, words = fault.split(": ")
    told = told_by(aws, tmp_path, code, handler)
    assert told["errorType"] == f"Runtime.{kind}"
    assert words in told["errorMessage"]


def test_an_unregistered_function_does_not_exist(aws: Aws) -> None:
    for absent in ("nobody", "no*", "(", f"{aws.account}:function:nobody"):
        with pytest.raises(ClientError, match="ResourceNotFound"):
            aws.client("lambda").invoke(FunctionName=absent, Payload=b"{}")


@pytest.fixture
def created(aws: Aws, name: str) -> str:
    """The name of a function that Lambda's API made, version 1 of which the alias `live` is."""
    created, client = f"made-{name}", aws.client("lambda")
    create_function(aws, created, "def handler(event, context): return context.function_version")
    version = client.publish_version(FunctionName=created)["Version"]
    client.create_alias(FunctionName=created, Name="live", FunctionVersion=version)
    client.update_function_code(FunctionName=created, ZipFile=zipped(app=NOISY))
    return created


@pytest.mark.parametrize(
    ("spelled", "qualifier", "version"),
    [
        ("{name}", "", "$LATEST"),
        ("{name}:$LATEST", "", "$LATEST"),
        ("{account}:function:{name}", "", "$LATEST"),
        ("{name}", "1", "1"),
        ("{name}:live", "", "1"),
        ("arn:aws:lambda:{region}:{account}:function:{name}:live", "", "1"),
    ],
)
def test_a_created_function_is_invoked_by_each_of_its_names(
    aws: Aws, created: str, spelled: str, qualifier: str, version: str
) -> None:
    asked = spelled.format(name=created, account=aws.account, region=aws.region)
    more = {"Qualifier": qualifier} if qualifier else {}
    answer = aws.client("lambda").invoke(FunctionName=asked, **more)
    assert answer["ExecutedVersion"] == version
    expected = {} if version == "$LATEST" else version  # what its code returns: its event, or this
    assert json.loads(answer["Payload"].read()) == expected


def test_the_end_of_a_log_comes_with_the_answer(aws: Aws, created: str) -> None:
    answer = aws.client("lambda").invoke(FunctionName=created, LogType="Tail")
    assert base64.b64decode(answer["LogResult"]) == b"x" * 4095 + b"\n"


def test_events_run_later_and_trials_not_at_all(aws: Aws, name: str, tmp_path: Path) -> None:
    client, place = aws.client("lambda"), tmp_path / "ran"
    code = f"""
def handler(event, context):
    with open({str(place)!r}, "a") as file:
        file.write(event["word"])
    raise ValueError
"""
    create_function(aws, f"later-{name}", code)
    given = {"FunctionName": f"later-{name}", "Payload": b'{"word": "x"}'}
    assert client.invoke(**given, InvocationType="DryRun")["StatusCode"] == 204
    assert not place.exists()
    assert client.invoke(**given, InvocationType="Event")["StatusCode"] == 202
    deadline = time.monotonic() + 60
    while (not place.exists() or len(place.read_text()) < 3) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert place.read_text() == "xxx"  # it failed, and was tried twice more


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Payload": b"{not json"}, "InvalidRequestContentException"),
        ({"InvocationType": "Sometimes"}, "InvalidParameterValueException"),
        ({"Qualifier": "absent"}, "ResourceNotFoundException"),
    ],
)
def test_wrong_requests_are_refused_as_by_lambda(
    aws: Aws, created: str, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as error:
        aws.client("lambda").invoke(FunctionName=created, **changes)
    assert error.value.response["Error"]["Code"] == code


def test_a_function_of_another_runtime_or_region_is_not_run(
    aws: Aws, created: str, name: str
) -> None:
    create_function(aws, f"node-{name}", "exports", Runtime="nodejs22.x")
    with pytest.raises(ClientError, match=r"NotImplemented.* runtime nodejs22.x cannot run here"):
        aws.client("lambda").invoke(FunctionName=f"node-{name}")
    client = Aws("us-west-2", aws.account, aws._server).client("lambda")
    assert aws.region != "us-west-2"
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.invoke(FunctionName=created)
