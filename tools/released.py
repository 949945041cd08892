"""Keep a released version's templates, which tests update from: ``tools/released.py REVISION``."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from environments.loading import VARIABLE
from mlops.review.revisions import git
from mlops.review.snapshots import side_of_revision
from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[1]
FOLDER = PROJECT / "tests" / "released"
_SETTINGS = "tests/settings"
# Of no deployment: the tree, flags of the CDK, and traces, which name folders of this machine.
_LEFT_OUT = {"cdk:tree", "cdk:feature-flag-report"}
_TRACES = "additionalMetadataFile"
_KEPT = ("manifest.json", ".assets.json", ".template.json")


def files_of(assembly: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what a deployment reads of a cloud assembly, without the assets' files."""
    for file in sorted(each for each in assembly.rglob("*.json") if each.name.endswith(_KEPT)):
        content = json.loads(file.read_text(encoding="utf-8"))
        if file.name == "manifest.json":
            artifacts = content["artifacts"].items()
            content["artifacts"] = {
                name: {key: value for key, value in each.items() if key != _TRACES}
                for name, each in artifacts
                if each["type"] not in _LEFT_OUT
            }
        yield str(file.relative_to(assembly)), json.dumps(content, sort_keys=True).encode()


def pack(assembly: Path) -> bytes:
    """Pack an assembly; the same one gives the same bytes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz", preset=9) as archive:
        for name, content in files_of(assembly):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _assembly(revision: str) -> Path:
    """Synthesize a revision with the settings of its tests, if they have any."""
    if not git(PROJECT, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"):
        raise MlopsError(f"{revision}: no such revision here; git fetch --tags")
    has_own = git(PROJECT, "ls-tree", revision, f"{_SETTINGS}/")
    os.environ[VARIABLE] = _SETTINGS if has_own else ""
    side = side_of_revision(PROJECT, revision)
    return next(iter(side.environments.values())).parent


def main() -> int:
    """Write the snapshot in the place of the one before."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision", help="a tag, such as v0.2.0, or another revision known here")
    parser.add_argument("--version", help="what it was released as (default: the tag's)")
    given = parser.parse_args()
    try:
        packed = pack(_assembly(given.revision))
    except MlopsError as error:
        print(error, file=sys.stderr)
        return 1
    version = given.version or given.revision.removeprefix("v")
    for stale in FOLDER.glob("*.tar.xz"):
        stale.unlink()
    write_atomically(FOLDER / f"{version}.tar.xz", packed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
