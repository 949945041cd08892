"""Sending files to the bucket of data, as a sender of the settings may: new files, and only put."""

from __future__ import annotations

import re
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from mlops.aws_calls import explained
from mlops.declared import declared_projects
from mlops_common.errors import MlopsError
from mlops_contract.data_places import DATASET_WORDS, ENDINGS, KINDS, data_prefix, is_dataset

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

    from environments.settings import EnvironmentSettings

# S3 User Guide, "Multipart upload limits": 10,000 parts, an object has 5 TiB.
MOST_PARTS, LARGEST = 10_000, 5 << 40
PART_BYTES = 16 << 20
LONGEST_KEY = 1024  # bytes
_UNUSUAL = re.compile(r"[^A-Za-z0-9._=-]+")
Fate = Literal["sent", "there"]


@dataclass(frozen=True)
class Outgoing:
    """A file to send, and the key that it gets."""

    path: Path
    key: str
    size: int


def plan(path: Path, dataset: str, kind: str, name: str | None = None) -> list[Outgoing]:
    """List the files to send, by key.

    Parameters
    ----------
    path : Path
        A file, or a folder: all files in it, but hidden ones.
    name : str, optional
        What the file or the folder is called where it goes; a folder's files keep their names
        without one. A file keeps its ending, unless `name` has one that jobs read.

    Raises
    ------
    MlopsError
        For what cannot be sent, before anything is.
    """
    if not is_dataset(dataset):
        raise MlopsError(f"--dataset: {dataset!r} {DATASET_WORDS}")
    if kind not in KINDS:
        raise MlopsError(f"--as: {kind!r} is none of {', '.join(KINDS)}")
    if not path.exists():
        raise MlopsError(f"{path}: there is no such file or folder")
    with _readable(path):
        files = {path.name: path} if path.is_file() else dict(_in_folder(path))
        sizes = {inside: file.stat().st_size for inside, file in files.items()}
    if not files:
        raise MlopsError(f"{path}: holds no file to send, or nothing but hidden ones")
    prefix, found = data_prefix(dataset, kind), dict[str, Outgoing]()
    for inside, file in files.items():
        given = "/".join(filter(None, (name, inside)))
        if name is not None and path.is_file():
            given = _with_ending(name, path)
        _check_ending(given, file)
        key, size = prefix + _plain(given, file), sizes[inside]
        if size == 0:
            raise MlopsError(f"{file}: is empty; send a file with rows")
        if size > LARGEST:
            raise MlopsError(f"{file}: has {size:,} bytes; S3 takes {LARGEST:,} in one file")
        if key in found:
            raise MlopsError(f"{found[key].path} and {file} would both be {key}; rename one")
        found[key] = Outgoing(file, key, size)
    return [found[key] for key in sorted(found)]


def _with_ending(name: str, file: Path) -> str:
    ending = PurePosixPath(name).suffix.lower()
    return name if ending and ending in ENDINGS else name + file.suffix


def _check_ending(name: str, file: Path) -> None:
    if PurePosixPath(name).suffix.lower() not in ENDINGS:
        read = ", ".join(filter(None, ENDINGS))
        raise MlopsError(f"{file}: no job reads a file that ends so; send one of {read}")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MlopsError(f"{path}: cannot be read: {error.strerror or error}") from None


def _in_folder(folder: Path) -> Iterator[tuple[str, Path]]:
    if not folder.is_dir():
        raise MlopsError(f"{folder}: is neither a file nor a folder")
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder)
        if any(part.startswith(".") for part in inside.parts):
            continue
        if file.is_symlink():
            raise MlopsError(f"{file}: is a link, which may lead anywhere; put the file there")
        if file.is_file():
            yield inside.as_posix(), file
        elif not file.is_dir():
            raise MlopsError(f"{file}: is neither a file nor a folder")


def _plain(name: str, file: Path) -> str:
    """Return a name in letters, digits and ``._=-``, as programs of all kinds read keys."""
    ascii_ = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    parts = [_UNUSUAL.sub("-", part).strip("-").lstrip(".") for part in ascii_.split("/")]
    # Of a name in another script its ending alone may be left.
    if not all(parts) or ("." in name.lstrip(".") and "." not in parts[-1]):
        raise MlopsError(f"{file}: {name!r} has no letter or digit to name it by; give it --name")
    plain = "/".join(parts)
    if len(plain) > LONGEST_KEY // 2:
        raise MlopsError(f"{file}: its name has {len(plain)} characters; give it a shorter --name")
    return plain


def require_declared(dataset: str, settings: EnvironmentSettings) -> None:
    """Refuse a data set that neither a sender nor a model project has: nothing would read it."""
    known = {name for sender in settings.senders for name in sender.sends}
    if dataset not in known:
        known |= {*declared_projects(settings).data_sets()}
    if dataset not in known:
        raise MlopsError(
            f"--dataset: {dataset!r} is no data set of {settings.name}; there are"
            f" {', '.join(sorted(known)) or 'none'}"
        )


def send(client: S3Client, bucket: str, owner: str, each: Outgoing) -> Fate:
    """Put one file where nothing of its name is, whole or not at all, with checksums.

    Parameters
    ----------
    owner : str
        Account that the bucket must belong to.

    Returns
    -------
    str
        ``there`` where the bucket holds a file of that key, which is left as it is.

    Raises
    ------
    MlopsError
        Where S3 refuses, or the file changes meanwhile.
    """
    from botocore.exceptions import ClientError

    place: dict[str, Any] = {"Bucket": bucket, "Key": each.key, "ExpectedBucketOwner": owner}
    advice = (
        f"s3://{bucket}/{each.key}: refused; is your role a sender of it in the settings (senders),"
        " does it come its own way, and does its own policy let it? docs/send-data.md says what"
        " each side needs"
    )
    missing = f"there is no bucket {bucket}; deploy the environment, or name its bucket (--bucket)"
    busy = f"s3://{bucket}/{each.key}: somebody else is sending it at this moment; try again"
    try:
        with (
            explained(advice, "AccessDenied", "AllAccessDisabled", "Forbidden"),
            explained(missing, "NoSuchBucket"),
            explained(busy, "ConditionalRequestConflict"),
            _readable(each.path),
        ):
            _put(client, place, each)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"PreconditionFailed", "412"}:
            raise
        return "there"
    return "sent"


def _put(client: S3Client, place: Mapping[str, Any], each: Outgoing) -> None:
    before = _state(each.path)
    if each.size <= PART_BYTES:
        content = each.path.read_bytes()
        _require_same(each, before)
        client.put_object(**place, Body=content, ChecksumAlgorithm="SHA256", IfNoneMatch="*")
        return
    begun = client.create_multipart_upload(**place, ChecksumAlgorithm="SHA256")["UploadId"]
    try:
        parts = list(_parts(client, {**place, "UploadId": begun}, each))
        _require_same(each, before)
        client.complete_multipart_upload(
            **place, UploadId=begun, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
        )
    except BaseException:
        client.abort_multipart_upload(**place, UploadId=begun)
        raise


def _parts(
    client: S3Client, place: Mapping[str, Any], each: Outgoing
) -> Iterator[CompletedPartTypeDef]:
    length = max(PART_BYTES, -(-each.size // MOST_PARTS))
    with each.path.open("rb") as content:
        for number, part in enumerate(iter(lambda: content.read(length), b""), start=1):
            put = client.upload_part(
                **place, PartNumber=number, Body=part, ChecksumAlgorithm="SHA256"
            )
            yield {
                "PartNumber": number,
                "ETag": put["ETag"],
                "ChecksumSHA256": put["ChecksumSHA256"],
            }


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _require_same(each: Outgoing, before: tuple[int, int]) -> None:
    if _state(each.path) != before or before[0] != each.size:
        raise MlopsError(f"{each.path}: changed while it was read; send it when it is written")
