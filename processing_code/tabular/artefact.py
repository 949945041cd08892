"""Model artefacts: unpacked safely, and scored with the code they were shipped with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from tabular.failure import JobError

ARCHIVE = "model.tar.gz"
CHAMPION_CARD = "champion.json"
SCRIPT = "code/score.py"


@dataclass(frozen=True)
class Champion:
    """The approved model that a challenger is measured against."""

    archive: Path
    model_package_arn: str


def find_champion(folder: Path) -> Champion | None:
    """Look for an approved model.

    A README keeps the folder from being empty if there is no champion.
    """
    archive, card = folder / ARCHIVE, folder / CHAMPION_CARD
    if not archive.exists() and not card.exists():
        return None
    for file in (archive, card):
        if not file.is_file():
            raise JobError(f"the champion is incomplete: {file.name} is missing in {folder}")
    try:
        arn = json.loads(card.read_text(encoding="utf-8"))["model_package_arn"]
    except (ValueError, KeyError, TypeError):
        raise JobError(f"the champion's {card.name} does not name its model_package_arn") from None
    return Champion(archive, str(arn))


def unpack(whose: str, archive: Path, folder: Path) -> Path:
    """Unpack a `model.tar.gz`, refusing members that would land outside the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive, "r:gz") as tar:
            members = tar.getmembers()
            for member in members:
                target = Path(os.path.normpath(folder / member.name))
                inside = target == folder or folder in target.parents
                if not inside or not (member.isfile() or member.isdir()):
                    raise JobError(f"the {whose} is refused: {archive} holds {member.name!r}")
            if hasattr(tarfile, "data_filter"):
                tar.extractall(folder, members, filter="data")
            else:  # an interpreter older than 3.10.12; the members are checked above
                tar.extractall(folder, members)  # noqa: S202
    except (OSError, EOFError, tarfile.TarError) as error:
        raise JobError(f"cannot unpack the {whose} {archive}: {error}") from None
    if not (folder / SCRIPT).is_file():
        raise JobError(f"the {whose}'s artefact has no {SCRIPT}: it cannot score itself")
    return folder


def answer(whose: str, folder: Path, rows: Path, output: Path, *, unseen: bool = False) -> None:
    """Let an artefact predict with its own code, in a process of its own.

    `unseen` asks the models of its cross-validation that have not learned from the rows.

    What counts is what an artefact answers when it is served. Scoring an old champion with
    today's code would measure a model that nobody ever approved.
    """
    command = [sys.executable, str(folder / SCRIPT), "--model", str(folder)]
    command += ["--input", str(rows), "--output", str(output)]
    command += ["--unseen"] * unseen
    # Its own folder must come first on the path, not this job's code.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise JobError(f"the {whose} cannot score {rows.name}: {last}")
