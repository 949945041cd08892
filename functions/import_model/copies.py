"""Copies of files of the environment before, under keys of this one."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Protocol, cast
from urllib.parse import urlparse

import boto3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK = 1 << 20


class Readable(Protocol):
    """A binary stream."""

    def read(self, size: int = -1, /) -> bytes:
        """Read up to `size` bytes."""


@dataclass(frozen=True)
class Copy:
    """A file that was copied."""

    uri: str
    sha256: str


class Files:
    """The files of one version, copied once each.

    By purpose of a bucket the environment has ``SOURCE_…``, below which files may be read;
    ``TARGET_…``, below which copies go; and ``KEY_…``, the key that they are under.
    """

    def __init__(self, below: str) -> None:
        self._below = below
        self._s3: S3Client = boto3.client("s3")
        self._copies: dict[str, Copy] = {}

    def lasts(self, purpose: str, uri: str) -> bool:
        """Return whether a file is among those that outlive their run."""
        return uri.startswith(os.environ[f"SOURCE_{purpose}"])

    def copied(self, purpose: str, uri: str) -> Copy:
        """Copy one file, once, and compare the copy."""
        if not self.lasts(purpose, uri):
            raise ValueError(f"{uri} is not below {os.environ[f'SOURCE_{purpose}']}")
        if uri not in self._copies:
            self._copies[uri] = self._copy(purpose, uri)
        return self._copies[uri]

    def _copy(self, purpose: str, uri: str) -> Copy:
        source = urlparse(uri)
        relative = uri.removeprefix(os.environ[f"SOURCE_{purpose}"]).removeprefix("promoted/")
        target = urlparse(f"{os.environ[f'TARGET_{purpose}']}{self._below}/{relative}")
        reading = Hashing(
            self._s3.get_object(Bucket=source.netloc, Key=source.path.lstrip("/"))["Body"]
        )
        self._s3.upload_fileobj(
            cast("IO[bytes]", reading),  # it is read, and nothing else
            target.netloc,
            target.path.lstrip("/"),
            ExtraArgs={
                "ServerSideEncryption": "aws:kms",
                "SSEKMSKeyId": os.environ[f"KEY_{purpose}"],
            },
        )
        written = Hashing(
            self._s3.get_object(Bucket=target.netloc, Key=target.path.lstrip("/"))["Body"]
        )
        while written.read(CHUNK):
            pass
        if written.sha256 != reading.sha256:
            raise ValueError(f"{target.geturl()} is not like {uri} after it was copied; try again")
        return Copy(target.geturl(), reading.sha256)


class Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, file: Readable) -> None:
        self._file, self._hash = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read `size` bytes, or all that are left."""
        content = self._file.read(size) if size >= 0 else self._file.read()
        self._hash.update(content)
        return content

    @property
    def sha256(self) -> str:
        """The hexadecimal hash of the bytes read so far."""
        return self._hash.hexdigest()
