"""Transfer of objects between S3 and jobs, as SageMaker does it."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from mlops_common.files import below

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path, PurePath

    from mypy_boto3_s3 import S3Client

_CHUNK_BYTES = 1 << 20
WHOLE = (0, 1)


def split_uri(uri: str) -> tuple[str, str]:
    """Split `s3://bucket/key` into bucket and key."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket:
        raise MlopsError(f"{uri!r} is not an S3 URI")
    return bucket, key


def join_uri(uri: str, *parts: str) -> str:
    """Append parts to an S3 URI with single slashes."""
    return "/".join([uri.rstrip("/"), *(part.strip("/") for part in parts)])


class ObjectStore:
    """S3 at the endpoint of a boto3 client, which several threads may share."""

    def __init__(self, client: S3Client) -> None:
        self.client = client

    def ensure_bucket(self, bucket: str, region: str) -> bool:
        """Create a bucket unless it exists; return whether it was created."""
        from botocore.exceptions import ClientError

        try:
            self.client.head_bucket(Bucket=bucket)
        except ClientError:
            where: dict[str, Any] = {"CreateBucketConfiguration": {"LocationConstraint": region}}
            self.client.create_bucket(Bucket=bucket, **({} if region == "us-east-1" else where))
            return True
        return False

    def list_objects(self, bucket: str, prefix: str) -> dict[str, str]:
        """Return the ETags of all objects under a prefix by key, in key order."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return {
            entry["Key"]: entry["ETag"].strip('"')
            for page in pages
            for entry in page.get("Contents", ())
        }

    def download(self, uri: str, folder: Path, share: tuple[int, int] = WHOLE) -> int:
        """Copy everything under an `S3Prefix` into a folder."""
        from botocore.exceptions import ClientError

        bucket, prefix = split_uri(uri)
        try:
            # The console makes empty objects that stand for folders.
            keys = [key for key in self.list_objects(bucket, prefix) if not key.endswith("/")]
        except ClientError as error:
            raise MlopsError(f"{uri}: {error.response['Error'].get('Message', error)}") from None
        if not keys:
            raise MlopsError(f"no object under {uri}")
        mine = keys[share[0] :: share[1]]
        for key in mine:
            self._fetch(bucket, key, _within(folder, _local_name(key, prefix)))
        return len(mine)

    def download_manifest(self, uri: str, folder: Path, share: tuple[int, int] = WHOLE) -> int:
        """Copy what a `ManifestFile` lists: a prefix, then keys relative to it."""
        listed = self.read_json(uri)
        if not isinstance(listed, list) or not listed or not isinstance(listed[0], dict):
            raise MlopsError(f"{uri}: is not a manifest (a list whose first entry has a prefix)")
        prefix = str(listed[0].get("prefix", ""))
        mine = listed[1:][share[0] :: share[1]]
        for relative in mine:
            bucket, key = split_uri(prefix + str(relative))
            self._fetch(bucket, key, _within(folder, str(relative)))
        return len(mine)

    def download_source(
        self, source: dict[str, Any], folder: Path, share: tuple[int, int] = WHOLE
    ) -> int:
        """Copy the objects of an `S3DataSource` or `S3Input` into a folder."""
        manifest = source.get("S3DataType") == "ManifestFile"
        return (self.download_manifest if manifest else self.download)(
            source["S3Uri"], folder, share
        )

    def download_file(self, uri: str, target: Path) -> None:
        """Copy one object into a file."""
        self._fetch(*split_uri(uri), target)

    def upload_folder(self, folder: Path, uri: str) -> int:
        """Upload every file of a folder under a prefix; return how many."""
        return self.upload([(path.relative_to(folder), path) for path in files_of(folder)], uri)

    def upload(self, files: Sequence[tuple[PurePath, Path]], uri: str) -> int:
        """Upload files, by their names under a prefix; return how many."""
        bucket, prefix = split_uri(uri)
        for name, path in files:
            key = "/".join(filter(None, [prefix.strip("/"), name.as_posix()]))
            self.put_file(bucket, key, path)
        return len(files)

    def put_file(self, bucket: str, key: str, path: Path) -> None:
        """Upload one file atomically."""
        with path.open("rb") as content:
            self.client.put_object(Bucket=bucket, Key=key, Body=content)

    def read_json(self, uri: str) -> Any:
        """Return the JSON document at a URI."""
        bucket, key = split_uri(uri)
        body = self._get(bucket, key)["Body"].read()
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise MlopsError(f"{uri}: is not JSON: {error}") from None

    def _get(self, bucket: str, key: str) -> Any:
        from botocore.exceptions import ClientError

        try:
            return self.client.get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            reason = error.response["Error"].get("Message", str(error))
            raise MlopsError(f"s3://{bucket}/{key}: {reason}") from None

    def _fetch(self, bucket: str, key: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            for chunk in self._get(bucket, key)["Body"].iter_chunks(_CHUNK_BYTES):
                file.write(chunk)


def files_of(folder: Path) -> Iterator[Path]:
    """Yield all files under a folder in the order of their names."""
    yield from sorted(path for path in folder.rglob("*") if path.is_file())


def _within(folder: Path, name: str) -> Path:
    """Return the place of an object in a folder, whatever it is called."""
    found = below("", name)
    if found is None:
        raise MlopsError(f"{name!r}: the object's name leads out of the folder")
    return folder / found


def etag_of(path: Path) -> str:
    """Return the ETag that S3 gives a file put in one part: its MD5."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, partial(hashlib.md5, usedforsecurity=False)).hexdigest()


def _local_name(key: str, prefix: str) -> str:
    """Return the path of an object relative to the prefix, as SageMaker does."""
    if key == prefix:
        return key.rsplit("/", 1)[-1]
    rest = key[len(prefix) :]
    if prefix.endswith("/") or not prefix or rest.startswith("/"):
        return rest.lstrip("/")
    return key[len(prefix.rpartition("/")[0]) :].lstrip("/")  # the prefix ends inside a name
