"""Data, code and model that a step read, with their hashes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from pipeline_local.report.outputs import Output
    from pipeline_local.runs.run_state import RunState, StepState

_SHA256 = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@dataclass(frozen=True)
class Origin:
    """One input of a step: its source as text or URI; its hash, empty if not known."""

    name: str
    source: str
    sha256: str
    uri: str


def origins(step: StepState, outputs: list[Output], state: RunState) -> list[Origin]:
    """Return the inputs of a step."""
    return [
        Origin(name, *_source(uri, outputs, state), uri)
        for place in step_type(step.type).inputs
        for name, uri in place.found_in(step.arguments)
    ]


def digest_of(output: Output) -> str:
    """Return one hash for an output: its file's, or that of the list of names and hashes."""
    if not output.files:
        return ""
    if len(output.files) == 1:
        return output.files[0].sha256
    listed = "".join(f"{file.sha256}  {file.name}\n" for file in output.files)
    return hashlib.sha256(listed.encode()).hexdigest()


def _source(uri: str, outputs: list[Output], state: RunState) -> tuple[str, str]:
    plain = uri.rstrip("/")
    for output in outputs:
        made = output.uri.rstrip("/")
        if plain == made or plain.startswith(f"{made}/"):
            rest = plain.removeprefix(made).strip("/")
            found = [file.sha256 for file in output.files if file.name == rest]
            return f"{output.step}: {output.name}", found[0] if found else digest_of(output)
    location = str(state.parameters.get("InputDataUrl", "")).rstrip("/")
    if location and plain == location and state.data.get("sha256"):
        return "data set", str(state.data["sha256"])
    if named := _SHA256.search(uri):  # assets carry the hash of their content in their name
        return "code asset" if "/code/" in uri else "asset", named.group()
    return uri, ""
