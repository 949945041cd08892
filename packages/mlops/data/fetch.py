"""Download of UCI's abalone data, verified by hash."""

from __future__ import annotations

import hashlib
import io
import urllib.error
import urllib.request
import zipfile
from typing import TYPE_CHECKING, Final

from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically
from pipeline_local.runs.dataset import Dataset, describe

if TYPE_CHECKING:
    from pathlib import Path

URL: Final = "https://archive.ics.uci.edu/static/public/1/abalone.zip"
ZIP_SHA256: Final = "755a6a67c5b266961a3f149ea13be2cfb6e6c727e48cee3c83bc0b4526210ee4"
DATA_SHA256: Final = "de37cdcdcaaa50c309d514f248f7c2302a5f1f88c168905eba23fe2fbc78449f"
MEMBER: Final = "abalone.data"
TIMEOUT_SECONDS: Final = 10.0
MOST_BYTES: Final = 1 << 20
"""The zip holds 54 kB, the data 192 kB: a megabyte of either is something else."""

_INSTEAD = "give a file with --data or ABALONE_CSV, or run `mlops data generate`"


def fetch(
    target: Path,
    *,
    url: str = URL,
    zip_sha256: str = ZIP_SHA256,
    data_sha256: str = DATA_SHA256,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Dataset:
    """Download, verify and write the dataset; the URL may be a mirror's."""
    archive = _download(url, timeout_seconds)
    _check(f"the zip from {url}", archive, zip_sha256)
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as bundle, bundle.open(MEMBER) as member:
            data = member.read(MOST_BYTES)
    except (zipfile.BadZipFile, KeyError) as error:
        raise MlopsError(f"the zip from {url} contains no readable {MEMBER} ({error})") from None
    _check(f"{MEMBER} in the zip from {url}", data, data_sha256)
    try:
        write_atomically(target, data)
    except OSError as error:
        raise MlopsError(f"{target}: cannot write the dataset ({error.strerror})") from None
    return describe(target, f"fetched from {url}")


def _download(url: str, timeout_seconds: float) -> bytes:
    if not url.startswith(("https://", "http://")):
        raise MlopsError(f"{url}: not a web address; it must start with https://")
    try:
        with urllib.request.urlopen(url, timeout=timeout_seconds) as answer:  # noqa: S310
            content: bytes = answer.read(MOST_BYTES + 1)
    except urllib.error.HTTPError as error:
        raise MlopsError(f"{url} answers {error.code} {error.reason}; {_INSTEAD}") from None
    except (OSError, ValueError) as error:  # no network, no such host, too slow, cut off
        reason = getattr(error, "reason", None) or error
        raise MlopsError(f"cannot fetch {url} ({reason}); {_INSTEAD}") from None
    if len(content) > MOST_BYTES:
        raise MlopsError(f"{url} serves more than {MOST_BYTES} bytes: that is not the dataset")
    return content


def _check(what: str, content: bytes, expected: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise MlopsError(
            f"{what} has SHA-256 {found}, not {expected}: it is not what UCI published, and "
            f"was discarded; {_INSTEAD}"
        )
