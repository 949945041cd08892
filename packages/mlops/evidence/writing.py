"""Evidence in a folder: every form of the facts and the hashes of the files, all or nothing."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops.evidence.facts import facts, text_of
from mlops.evidence.oscal import assessment_results
from mlops.evidence.page import render
from mlops.evidence.sarif import sarif_log
from mlops.evidence.templates import templates_of
from mlops_common.errors import MlopsError
from mlops_common.files import refuse_existing, write_new_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlops.evidence.templates import Template
    from promises.judged import Judged

MANIFEST = "manifest.json"


class Evidence:
    """Evidence of one call.

    Parameters
    ----------
    folder : Path
        Where to write; new or empty, since evidence is not overwritten.
    time : str
        When, in ISO 8601; now if empty. All else follows from what is judged.
    """

    def __init__(self, folder: Path, time: str = "") -> None:
        refuse_existing(folder, f"--evidence {folder}")
        self.folder = folder
        self.time = _moment(time)
        self.paths: Sequence[Path] = ()
        self.templates: tuple[Template, ...] = ()
        self.policies: dict[Path, str] = {}

    def read(self, paths: Sequence[Path], policies: Sequence[Path] = ()) -> None:
        """Read what is to be judged, and under what; `write` compares with what is there then."""
        self.paths = paths
        self.templates = templates_of(paths)
        self.policies = _hashes(policies)

    def write(self, found: Sequence[Judged], limits: Sequence[str] = ()) -> str:
        """Write all files; return the hash of the manifest, which has those of the others."""
        now = _hashes(self.policies)
        changed = [str(file) for file, digest in self.policies.items() if now[file] != digest]
        if templates_of(self.paths) != self.templates:
            changed = ["the templates", *changed]
        if changed:
            names = " and ".join(changed)
            raise MlopsError(f"--evidence: {names} changed while they were judged; run again")
        policies = [f"SHA-256 {digest} of {file}" for file, digest in self.policies.items()]
        limits = [*limits, *policies]
        said = facts(found, self.templates, time=self.time, root=Path.cwd(), limits=limits)
        return _write(self.folder, _files(said))


def _hashes(files: Iterable[Path]) -> dict[Path, str]:
    try:
        return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    except OSError as error:
        raise MlopsError(f"{error.filename}: cannot be read: {error.strerror}") from None


def _files(said: dict[str, Any]) -> dict[str, bytes]:
    return {
        "assessment-results.json": text_of(assessment_results(said)).encode(),
        "evidence.html": render(said).encode(),
        "evidence.json": text_of(said).encode(),
        "promises.sarif": text_of(sarif_log(said)).encode(),
    }


def _write(folder: Path, files: dict[str, bytes]) -> str:
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = text_of({"sha256": hashes}).encode()
    write_new_folder(folder, {**files, MANIFEST: manifest}, f"--evidence {folder}")
    return hashlib.sha256(manifest).hexdigest()


def _moment(text: str) -> str:
    if not text:
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        pass
    raise MlopsError(f"--at {text}: is no time of ISO 8601 with a zone: 2026-11-30T12:00:00Z")
