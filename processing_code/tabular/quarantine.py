"""Files that a job refuses, kept with the reason where their sender cannot write."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tabular.failure import JobError
from tabular.files import digest_of, fingerprint
from tabular.paths import root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

QUARANTINE: Final = "quarantine"
REASON_FILE: Final = "reason.json"


@contextmanager
def quarantined(
    folder: Path, files: Sequence[Path], read: Callable[[Sequence[Path]], object]
) -> Iterator[None]:
    """Copy those files to the output `quarantine/` that are refused by what is done here.

    These are the ones that `read` refuses alone, and all of them if it refuses none. Their folder
    is called by their content, so that the same files are there once, however often they come. A
    job whose files nobody sent has no such output.
    """
    try:
        yield
    except JobError as error:
        output = root() / "processing" / "output" / QUARANTINE
        if output.is_dir():
            refused = [each for each in files if len(files) > 1 and _is_refused(read, each)]
            _keep(output, folder, refused or files, str(error))
        raise


def _is_refused(read: Callable[[Sequence[Path]], object], file: Path) -> bool:
    try:
        read([file])
    except JobError:
        return True
    return False


def _keep(output: Path, folder: Path, files: Sequence[Path], reason: str) -> None:
    came = {path.relative_to(folder).as_posix(): digest_of(path) for path in files}
    place = output / fingerprint(came.values())[:32]
    # Written in place: whatever lies in this folder is uploaded while the job still runs. So the
    # reason comes last, when the files are whole.
    for path in files:
        kept = place / "files" / path.relative_to(folder)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, kept)
    listed = [{"file": name, "sha256": digest} for name, digest in came.items()]
    text = json.dumps({"reason": reason, "files": listed}, indent=2, ensure_ascii=False)
    (place / REASON_FILE).write_text(text + "\n", encoding="utf-8")
    print(f"refused files, kept in {QUARANTINE}/{place.name}: {', '.join(came)}")
