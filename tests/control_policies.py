"""Policies of an organization as `mlops prove` reads them: from files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from promises.organization import read_organization

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from promises.organization import Organization


def written_organization(
    folder: Path, scps: Sequence[dict[str, Any]], rcps: Sequence[dict[str, Any]]
) -> Organization:
    """Write service and resource control policies, and read them back."""
    files: dict[str, list[Path]] = {"scp": [], "rcp": []}
    for kind, policies in (("scp", scps), ("rcp", rcps)):
        for index, policy in enumerate(policies):
            files[kind].append(folder / f"{kind}-{index}.json")
            files[kind][-1].write_text(json.dumps(policy))
    organization = read_organization(files["scp"], files["rcp"])
    assert organization is not None
    return organization
