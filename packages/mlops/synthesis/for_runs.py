"""Cloud assemblies for runs on this machine: job code is bound anew, nothing is checked.

Job code decides its own address and, by the names of its files and those that definitions are built
from, nothing else. While all other inputs are the same, the last assembly serves, with the address
that the code has now. A new one is made without rule packs and proofs, apart from those of
`synthesize`.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cloud_assembly.rebinding import JobCode
from mlops.synthesis.kept import INPUTS_FILE, is_whole, mark
from mlops.synthesis.synthesize import (
    failed,
    inputs_of,
    one_at_a_time,
    replace_folder,
    run_app,
)
from mlops_common.store import NO_CACHE
from mlops_contract import job_code
from pipeline_local.runs.project import Synthesized

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

FAIL = "@aws-cdk/core:failSynthOnValidationErrors"
NOT_CHECKED = "not checked by rule packs and proofs (mlops synth does that)"


def assembly_for_run(environment: str, root: Path, say: Callable[[str], None]) -> Synthesized:
    """Return the last cloud assembly that still holds, or a new one that nothing has checked."""
    checked = root / "build" / "cloud-assembly" / environment
    unchecked = root / "build" / "unchecked-assembly" / environment
    with one_at_a_time(unchecked):
        inputs = inputs_of(root)
        kept = () if os.environ.get(NO_CACHE) else (checked, unchecked)
        known = [each for each in kept if (each / INPUTS_FILE).is_file()]
        known.sort(key=_made, reverse=True)
        holding = next((each for each in known if _reason(each, inputs) is None), None)
        folder = holding or unchecked
        if not holding:
            why = f": {_reason(known[0], inputs)}" if known else ""
            say(f"synthesizing {environment}, {NOT_CHECKED}{why}")
            replace_folder(unchecked, lambda fresh: _run_app(environment, root, fresh, inputs))
        codes = _codes(folder, root)
    note = f"definition of {_shown(_made(folder))}"
    note += ", code of now" if any(code.moved for code in codes) else ""
    note += f"; {NOT_CHECKED}" if folder == unchecked else ""
    return Synthesized(folder, codes, note)


def _reason(folder: Path, inputs: Mapping[str, str]) -> str | None:
    """Say which inputs beside job code have changed since an assembly was made, or None."""
    if not is_whole(folder):
        return "files of the last cloud assembly have changed"
    before = json.loads((folder / INPUTS_FILE).read_text())
    record = _record(folder)
    read = set(record["read"])
    places = {f"{each['folder']}/": each["digest"] for each in record["folders"]}
    differing = sorted(
        path
        for path in {*before, *inputs}
        if before.get(path) != inputs.get(path)
        # Also a file that is only there, or not, may decide a definition.
        and not (
            path in before
            and path in inputs
            and path not in read
            and path.startswith(tuple(places))
        )
    )
    if differing:
        more = f" and {len(differing) - 1} more" if differing[1:] else ""
        return f"{differing[0]} has changed{more}"
    if len(set(places.values())) < len(places) and before != inputs:
        return "folders with the same job code have changed"
    return None


def _codes(folder: Path, root: Path) -> tuple[JobCode, ...]:
    """Stage the job code of an assembly as it is now."""
    from pipeline_definitions.bundles import code_bundle

    codes = []
    for each in _record(folder)["folders"]:
        bundle = code_bundle(root / each["folder"], root / "build" / "bundles")
        codes.append(JobCode(each["folder"], each["digest"], bundle.digest, bundle.folder))
    return tuple(codes)


def _record(folder: Path) -> dict[str, list[Any]]:
    file = folder / job_code.FILE
    empty: dict[str, list[Any]] = {"folders": [], "read": []}
    return empty | json.loads(file.read_text()) if file.is_file() else empty


def _made(folder: Path) -> float:
    return (folder / INPUTS_FILE).stat().st_mtime


def _shown(moment: float) -> str:
    made = datetime.fromtimestamp(moment).astimezone()
    today = datetime.now().astimezone().date()
    return made.strftime("%H:%M" if made.date() == today else "%Y-%m-%d %H:%M")


def _run_app(environment: str, root: Path, output: Path, inputs: Mapping[str, str]) -> None:
    # The refusal is an error in the assembly, which must not end this synthesis.
    context = {job_code.UNCHECKED: True, FAIL: False}
    result = run_app(environment, root, output, context, CDK_VALIDATION="false")
    if result.returncode != 0:
        raise failed(f"synthesis of {environment}", result)
    mark(output, inputs)
