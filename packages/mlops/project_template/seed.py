"""The archive with which a project's repository starts: the files of a git revision."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops.review.revisions import git
from mlops_common.errors import MlopsError
from mlops_contract.names import PROJECT_FILES

if TYPE_CHECKING:
    from pathlib import Path

# CloudFormation commits no larger archive (CodeCommit User Guide, "Creating CodeCommit resources
# with CloudFormation").
MOST_BYTES = 20_000_000
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first date that a zip can hold
_EXECUTABLE = 0o100


@dataclass(frozen=True)
class Seed:
    """An archive of a commit."""

    commit: str
    content: bytes
    files: int

    @property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def name(self) -> str:
        """Revision and content in one name, such as ``1a2b3c4d5e6f-0123456789ab``."""
        return f"{self.commit[:12]}-{self.digest[:12]}"

    @property
    def key(self) -> str:
        """Key among the CDK's assets."""
        return f"{PROJECT_FILES}{self.name}.zip"


def seed_of(root: Path, revision: str) -> Seed:
    """Archive a revision reproducibly, without uncommitted files of the working tree."""
    commit = git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if not commit:
        raise MlopsError(f"--revision {revision}: no revision known here; fetch it (git fetch)")
    done = subprocess.run(
        ["git", "-C", str(root), "archive", "--format=tar", commit, "."],  # noqa: S607 - the user's git
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        reason = " ".join(done.stderr.decode(errors="replace").split())
        raise MlopsError(f"git archive {commit[:12]}: {reason}")
    content, files = _zip_of(done.stdout)
    if len(content) > MOST_BYTES:
        raise MlopsError(
            f"revision {commit[:12]}: its archive has {len(content):,} bytes; CloudFormation"
            f" commits up to {MOST_BYTES:,}: take large files out of the repository"
        )
    return Seed(commit, content, files)


def _zip_of(archive: bytes) -> tuple[bytes, int]:
    target = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive)) as tar,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped,
    ):
        members = sorted((each for each in tar if each.isfile()), key=lambda each: each.name)
        for member in members:
            entry = zipfile.ZipInfo(member.name.removeprefix("./"), _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, on any system
            mode = 0o100755 if member.mode & _EXECUTABLE else 0o100644
            entry.external_attr = mode << 16
            file = tar.extractfile(member)
            zipped.writestr(entry, file.read() if file else b"")
    return target.getvalue(), len(members)
