"""The version before this one, as it was deployed: `tests/released`, by `tools/released.py`."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "released"
# Names of assets hold the start of a content's hash.
_HASH = re.compile(r"[0-9a-f]{12}(?=Asset$|/)|(?<=c)[0-9a-f]{40}.*(?=/)")


def unpack(folder: Path) -> Path:
    """Unpack the cloud assembly of the released version, without the assets' files."""
    (archive,) = FOLDER.glob("*.tar.xz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder


def borrow_assets(released: Path, today: Path) -> None:
    """Put today's files where the released version had its own, by what they are assets of."""
    known = {_HASH.sub("*", name): source for name, source in _assets(today)}
    for name, path in _assets(released):
        if not path.exists():
            found = known[_HASH.sub("*", name)]
            copy = shutil.copytree if found.is_dir() else shutil.copyfile
            copy(found, path)


def _assets(assembly: Path) -> Iterator[tuple[str, Path]]:
    """Yield the assets of all stacks: their names, and where their files are."""
    for file in sorted(assembly.glob("*/*.assets.json")):
        stage = file.parent.name
        for each in json.loads(file.read_text())["files"].values():
            if "path" in each["source"]:
                yield f"{stage}/{each['displayName']}", file.parent / each["source"]["path"]
