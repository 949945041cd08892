"""Version of the champion that a run is measured against, as a parameter of the pipeline.

The champion changes at a fixed URI, which the cache key of a step cannot see. The pipeline has a
parameter for it, whose value is a digest of the objects at that URI.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from pipeline_local.jobs.storage import split_uri
from pipeline_schema.parameters import known_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.jobs.storage import ObjectStore
    from pipeline_schema.definition import Definition
    from pipeline_schema.values import Json

# The parameter, and the job input that it describes, in the pipelines of this project.
PARAMETER = "ChampionVersion"
INPUT = "champion"
_CHARACTERS = 16


def champion_version(
    definition: Definition, parameters: Mapping[str, Json], store: ObjectStore
) -> str | None:
    """Return a digest of the champions that the jobs of a pipeline read."""
    if PARAMETER not in definition.parameters:
        return None
    uris = {
        known_text(item.get("S3Input", {}).get("S3Uri"), parameters)
        for step in definition.steps.values()
        for item in step.arguments.get("ProcessingInputs") or []
        if item.get("InputName") == INPUT
    }
    objects = {uri: store.list_objects(*split_uri(uri)) for uri in uris - {""}}
    text = json.dumps(objects, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_CHARACTERS]
