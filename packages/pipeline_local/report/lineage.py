"""Data, code and model that a step read, with their hashes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline_local.report.models import outputs_of
from pipeline_local.report.outputs import read_object
from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from pipeline_local.jobs.storage import ObjectStore
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


def origins(
    step: StepState, outputs: list[Output], state: RunState, store: ObjectStore | None
) -> list[Origin]:
    """Return the inputs of a step.

    Only what others had finished before it began can be one of them: a prefix that a later step
    writes to, such as the list of batches, was something else when this one read it.
    """
    earlier = {
        name: other
        for name, other in state.steps.items()
        if other.ended and step.started and other.ended <= step.started
    }
    made = [output for output in outputs if output.step in earlier]
    uris = [
        *(pair for place in step_type(step.type).inputs for pair in place.found_in(step.arguments)),
        *(
            (f"baseline {kind.lower()}", str(step.properties[used]))
            for kind in ("Statistics", "Constraints")
            if (used := f"BaselineUsedForDriftCheck{kind}") in step.properties
            and step.properties[used] != step.properties.get(f"CalculatedBaseline{kind}")
        ),
    ]
    return [Origin(name, *_source(uri, made, earlier, state, store), uri) for name, uri in uris]


def digest_of(output: Output) -> str:
    """Return one hash for an output: its file's, or that of the list of names and hashes."""
    if not output.files:
        return ""
    if len(output.files) == 1:
        return output.files[0].sha256
    listed = "".join(f"{file.sha256}  {file.name}\n" for file in output.files)
    return hashlib.sha256(listed.encode()).hexdigest()


def _source(
    uri: str,
    outputs: list[Output],
    earlier: dict[str, StepState],
    state: RunState,
    store: ObjectStore | None,
) -> tuple[str, str]:
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
    named = [
        f"{name}: {key}"
        for name, step in earlier.items()
        for key, value in outputs_of(step.properties).items()
        if value == uri
    ]
    if whole := read_object(store, uri):
        return named[0] if named else uri, whole.sha256
    if named:
        return named[0], ""
    if digest := _SHA256.search(uri):  # assets carry the hash of their content in their name
        return "code asset" if "/code/" in uri else "asset", digest.group()
    return uri, ""
