"""Code of functions that cannot be unpacked is refused, and never breaks another function."""

from __future__ import annotations

import io
import zipfile
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from pipeline_local.aws import FunctionTarget, invoke_function
from pipeline_local.local_aws.function_archives import unpacked
from pipeline_local.local_aws.invocation import invocation
from tests.lambda_functions import create_function, zipped

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_local.aws import Aws

CODE = "def handler(event, context): return 1"


def _archive(*entries: zipfile.ZipInfo | str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for entry in entries:
            archive.writestr(entry, "/tmp")  # noqa: S108 (where the link points)
    return buffer.getvalue()


def _link(name: str) -> zipfile.ZipInfo:
    link = zipfile.ZipInfo(name)
    link.external_attr = 0o120777 << 16
    return link


BELOW_A_LINK = _archive(_link("a"), "a/b.py")
DAMAGED = zipped(app="x = 1234567").replace(b"1234567", b"7654321")
BAD = pytest.mark.parametrize("archive", [b"no zip", _archive(), BELOW_A_LINK, DAMAGED])


@pytest.mark.parametrize("member", ["Handler", "Runtime"])
def test_an_archive_has_a_handler_and_a_runtime(aws: Aws, name: str, member: str) -> None:
    client = aws.client("lambda")
    create_function(aws, name, CODE)
    request = {"Handler": "app.handler", "Runtime": "python3.12"}
    del request[member]
    with pytest.raises(ClientError, match="Runtime and Handler are mandatory parameters"):
        client.create_function(
            FunctionName=f"{name}-2",
            Role=client.get_function(FunctionName=name)["Configuration"]["Role"],
            Code={"ZipFile": zipped(app=CODE)},
            **request,
        )


def test_only_the_function_that_is_invoked_is_prepared(tmp_path: Path) -> None:
    prepared = []

    def target(name: str) -> FunctionTarget:
        prepared.append(name)
        return FunctionTarget(tmp_path, name=name)

    (tmp_path / "handler.py").write_text(CODE)
    arn = "arn:aws:lambda:eu-central-1:111111111111:function:"
    functions = {f"{arn}{name}": partial(target, name) for name in ("one", "two")}
    environ = {"PATH_INFO": "/2015-03-31/functions/two/invocations", "REQUEST_METHOD": "POST"}
    answer = invocation(environ, b"{}", lambda: functions, lambda *_: {}, lambda _: None)
    assert answer is not None
    assert (answer[0], answer[2]) == ("200 OK", b"1")
    assert prepared == ["two"]


@BAD
def test_code_that_cannot_be_unpacked_is_refused(
    aws: Aws, name: str, bucket: str, archive: bytes
) -> None:
    create_function(aws, name, CODE)
    client = aws.client("lambda")
    before = client.get_function(FunctionName=name)["Configuration"]["CodeSha256"]
    aws.client("s3").put_object(Bucket=bucket, Key="code.zip", Body=archive)
    refused = pytest.raises(ClientError, match=r"InvalidParameterValue.*Could not unzip uploaded")
    with refused:
        create_function(aws, f"{name}-2", CODE, Code={"ZipFile": archive})
    for code in ({"ZipFile": archive}, {"S3Bucket": bucket, "S3Key": "code.zip"}):
        with refused:
            client.update_function_code(FunctionName=name, **code)
    with refused:
        client.publish_layer_version(LayerName=name, Content={"ZipFile": archive})
    assert client.get_function(FunctionName=name)["Configuration"]["CodeSha256"] == before
    assert client.invoke(FunctionName=name)["Payload"].read() == b"1"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"PackageType": "Image", "Code": {"ImageUri": "a/b:1"}}, "PackageType Image: images do"),
        ({"Code": {}}, "provide a source"),
    ],
)
def test_functions_without_an_archive_are_refused_by_name(
    aws: Aws, name: str, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ClientError, match=f"InvalidParameterValueException.*{words}"):
        create_function(aws, name, CODE, **changes)


def test_an_alias_without_its_version_breaks_no_other_function(aws: Aws, name: str) -> None:
    create_function(aws, name, CODE)
    create_function(aws, f"{name}-other", CODE)
    client = aws.client("lambda")
    version = client.publish_version(FunctionName=name)["Version"]
    client.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    client.delete_function(FunctionName=name, Qualifier=version)
    assert client.invoke(FunctionName=f"{name}-other")["Payload"].read() == b"1"


@pytest.mark.parametrize("archive", [b"no zip", BELOW_A_LINK, DAMAGED])
def test_code_of_an_older_state_fails_its_own_function_only(tmp_path: Path, archive: bytes) -> None:
    folder, fault = unpacked([archive], tmp_path)
    assert list(tmp_path.iterdir()) == [], "nothing half-written"
    target = FunctionTarget(folder, fault=fault)
    result = invoke_function(FunctionTarget.from_json(target.to_json()), {}, {})
    assert (result.error or "").startswith("InvalidZipFileException: Lambda could not unzip")
