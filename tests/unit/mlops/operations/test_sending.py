"""Files to send: their keys, whole or not at all, never in the place of another."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from mlops.command_line.data import app
from mlops.operations import sending
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

ACCOUNT, BUCKET = "111111111111", "secure-mlops-dev-data-111111111111-eu-central-1"
PLACE = {"CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Client]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("MOTO_ACCOUNT_ID", ACCOUNT)
    with mock_aws():
        made = boto3.client("s3", region_name="eu-central-1")
        made.create_bucket(Bucket=BUCKET, **PLACE)  # type: ignore[arg-type]
        yield made


def _content(client: S3Client, key: str) -> bytes:
    return client.get_object(Bucket=BUCKET, Key=key)["Body"].read()


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("rows.csv", "rows.csv"),
        ("Zeilen März (2).csv", "Zeilen-Marz-2-.csv"),
        ("a\nb\x1b[31m.csv", "a-b-31m.csv"),
        ("%2e%2e?x=y&z.csv", "2e-2e-x=y-z.csv"),
        ("..rows.csv", "rows.csv"),
    ],
)
def test_names_are_plain(tmp_path: Path, name: str, key: str) -> None:
    (tmp_path / name).write_text("1\n")
    (found,) = sending.plan(tmp_path / name, "abalone", "batch")
    assert found.key == f"abalone/batch/{key}"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("june", "june.csv"),
        ("june.tsv", "june.tsv"),
        ("2026.11.30", "2026.11.30.csv"),
        ("v1.2", "v1.2.csv"),
    ],
)
def test_a_new_name_keeps_the_ending(tmp_path: Path, name: str, key: str) -> None:
    (tmp_path / "rows.csv").write_text("1\n")
    (found,) = sending.plan(tmp_path / "rows.csv", "abalone", "batch", name)
    assert found.key == f"abalone/batch/{key}"


@pytest.mark.parametrize("name", ["rows.xlsx", "rows.csv.gz", "rows.json", "README.md"])
def test_what_no_job_reads_is_not_sent(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("1\n")
    with pytest.raises(MlopsError, match=r"no job reads .* send one of \.csv, "):
        sending.plan(tmp_path / name, "abalone", "batch")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("1\n")
    (each,) = sending.plan(path, "abalone", "batch")
    path.unlink()
    with pytest.raises(MlopsError, match=f"{path}: cannot be read: No such file"):
        sending.send(object(), BUCKET, ACCOUNT, each)  # type: ignore[arg-type]


def test_a_folder_keeps_its_own_and_leaves_hidden_files(tmp_path: Path) -> None:
    for name in ("day=1/a.csv", "day=2/a.csv", ".git/b", "c/.DS_Store"):
        (tmp_path / "rows" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "rows" / name).write_text("1\n")
    planned = sending.plan(tmp_path / "rows", "flights", "raw", "june")
    assert [each.key for each in planned] == [
        "flights/raw/june/day=1/a.csv",
        "flights/raw/june/day=2/a.csv",
    ]


@pytest.mark.parametrize(
    ("name", "place", "given", "words"),
    [
        ("rows.csv", "../abalone/batch", None, "cannot name a data set"),
        ("rows.csv", "quarantine/batch", None, "cannot name a data set"),
        ("rows.csv", "abalone/models", None, "none of batch, truth, raw"),
        ("absent.csv", "abalone/batch", None, "no such file"),
        ("empty.csv", "abalone/batch", None, "is empty"),
        ("rows.csv", "abalone/batch", "../../models/x", "give it --name"),
        ("rows.csv", "abalone/batch", "a//b", "give it --name"),
        ("rows.csv", "abalone/batch", "/", "give it --name"),
        ("rows.csv", "abalone/batch", "日本", "give it --name"),
        ("日本 .csv", "abalone/batch", None, "give it --name"),
        ("rows.csv", "abalone/batch", "x" * 600, "a shorter --name"),
        ("folder", "abalone/batch", None, "is a link"),
        ("alike", "abalone/batch", None, "would both be abalone/batch/a-b"),
        ("nothing", "abalone/batch", None, "holds no file"),
        ("/dev/null", "abalone/batch", None, "neither a file nor a folder"),
    ],
)
def test_what_cannot_be_sent_is_refused_first(
    tmp_path: Path, name: str, place: str, given: str | None, words: str
) -> None:
    (tmp_path / "rows.csv").write_text("1\n")
    (tmp_path / "日本 .csv").write_text("1\n")
    (tmp_path / "empty.csv").touch()
    for folder in ("folder", "alike", "nothing"):
        (tmp_path / folder).mkdir()
    (tmp_path / "folder" / "link.csv").symlink_to("/etc/passwd")
    for each in ("a b", "a?b"):
        (tmp_path / "alike" / each).write_text("1\n")
    with pytest.raises(MlopsError, match=re.escape(words)):
        sending.plan(tmp_path / name, *place.rsplit("/", 1), given)


@pytest.mark.parametrize("size", [10, (16 << 20) + 5])
def test_a_file_arrives_whole_and_is_never_replaced(
    tmp_path: Path, client: S3Client, size: int
) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(bytes(range(256)) * (size // 256) + b"1" * (size % 256))
    (each,) = sending.plan(path, "abalone", "batch")
    assert sending.send(client, BUCKET, ACCOUNT, each) == "sent"
    before = hashlib.sha256(_content(client, each.key)).digest()
    assert before == hashlib.sha256(path.read_bytes()).digest()
    path.write_bytes(b"2" * size)
    assert sending.send(client, BUCKET, ACCOUNT, each) == "there"
    assert hashlib.sha256(_content(client, each.key)).digest() == before
    assert client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []) == []


@pytest.mark.parametrize("size", [10, (16 << 20) + 5])
def test_a_file_that_changes_meanwhile_is_not_sent(
    tmp_path: Path, client: S3Client, size: int
) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"1" * size)
    (each,) = sending.plan(path, "abalone", "batch")
    path.write_bytes(b"1" * (size + 1))
    with pytest.raises(MlopsError, match="changed while it was read"):
        sending.send(client, BUCKET, ACCOUNT, each)
    assert client.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    assert client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []) == []


def test_every_request_has_a_checksum_and_the_owner(tmp_path: Path) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    class Client:
        def __getattr__(self, name: str) -> Any:
            def call(**request: Any) -> dict[str, str]:
                asked.append((name, request))
                return {"UploadId": "1", "ETag": "e", "ChecksumSHA256": "c"}

            return call

    path = tmp_path / "rows.csv"
    for size in (1, (16 << 20) + 1):
        path.write_bytes(b"1" * size)
        (each,) = sending.plan(path, "abalone", "truth")
        sending.send(Client(), BUCKET, ACCOUNT, each)  # type: ignore[arg-type]
    names = [name for name, _ in asked]
    assert names == [
        "put_object",
        "create_multipart_upload",
        *["upload_part"] * 2,
        "complete_multipart_upload",
    ]
    assert {request["ExpectedBucketOwner"] for _, request in asked} == {ACCOUNT}
    unless = [name for name, request in asked if request.get("IfNoneMatch") == "*"]
    assert unless == ["put_object", "complete_multipart_upload"]
    checked = [name for name, each in asked if each.get("ChecksumAlgorithm") == "SHA256"]
    assert checked == names[:-1]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AccessDenied", "is your role a sender"),
        ("NoSuchBucket", "there is no bucket"),
        ("ConditionalRequestConflict", "try again"),
    ],
)
def test_refusals_say_what_to_do(tmp_path: Path, code: str, words: str) -> None:
    from botocore.exceptions import ClientError

    class Client:
        def put_object(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": code, "Message": ""}}, "PutObject")

    (tmp_path / "rows.csv").write_text("1\n")
    (each,) = sending.plan(tmp_path / "rows.csv", "abalone", "batch")
    with pytest.raises(MlopsError, match=words):
        sending.send(Client(), BUCKET, ACCOUNT, each)  # type: ignore[arg-type]


@pytest.mark.example
def test_the_command(tmp_path: Path, client: S3Client) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("1\n")
    arguments = ["send", str(path), "--dataset", "abalone", "--as", "truth"]
    dry = CliRunner().invoke(app, [*arguments, "--dry-run"])
    assert dry.exit_code == 0
    assert dry.stdout.startswith("would send")
    assert client.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    sent = CliRunner().invoke(app, [*arguments, "--json"])
    assert json.loads(sent.stdout) == {
        "bucket": BUCKET,
        "files": {"abalone/truth/rows.csv": "sent"},
    }
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 1
    assert "a file of that name is there" in again.stdout


@pytest.mark.example
def test_a_data_set_that_nobody_declares_is_refused(tmp_path: Path, client: S3Client) -> None:
    (tmp_path / "rows.csv").write_text("1\n")
    words = ["send", str(tmp_path / "rows.csv"), "--dataset", "abalon", "--dry-run"]
    found = CliRunner().invoke(app, words)
    assert isinstance(found.exception, MlopsError)
    assert str(found.exception).startswith("--dataset: 'abalon' is no data set of dev; there are")
    assert "abalone" in str(found.exception)
    assert client.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
