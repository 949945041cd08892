"""The process that `beside` starts: it builds the pipelines of environments."""

from __future__ import annotations

import json
import os
import pickle
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from environments.settings_read import SettingsRead
from mlops_common.errors import UserError
from mlops_common.processes import collect_rarely, end_with_parent
from mlops_common.reads import Reads, outside_of_packages
from pipeline_definitions.job_code import is_delivered

if TYPE_CHECKING:
    from environments.settings import EnvironmentSettings
    from pipeline_definitions.built import BuiltPipeline


def main() -> None:
    """Build for the environments on standard input; write a line of JSON for each."""
    end_with_parent()
    collect_rarely()
    # Nobody reads the answers of a synthesis that has failed meanwhile.
    with suppress(BrokenPipeError), os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)  # what pipeline modules print is no answer
        counts = outside_of_packages(Path(__file__).parent.parent)
        reads = Reads(lambda path: counts(path) and not is_delivered(path))
        for settings in pickle.load(sys.stdin.buffer):  # noqa: S301 - from the process above
            print(json.dumps(_answer(settings, reads)), file=answers, flush=True)


def _answer(settings: EnvironmentSettings, reads: Reads) -> dict[str, Any]:
    from pipeline_definitions.catalog import build_pipelines, build_project_pipelines

    noted = SettingsRead(settings)
    try:
        own = build_pipelines(noted.settings)
        of_projects = build_project_pipelines(noted.settings)
    except UserError as error:
        return {"error": error.lines}
    return {
        "own": list(map(_as_json, own)),
        "of_projects": list(map(_as_json, of_projects)),
        "read": reads.fingerprints(),
        "settings": noted.values(),
    }


def _as_json(pipeline: BuiltPipeline) -> dict[str, Any]:
    from pipeline_definitions.model_projects import as_json

    bundles = [{**vars(each), "folder": str(each.folder)} for each in pipeline.bundles]
    return {
        **vars(pipeline),
        "bundles": bundles,
        "placeholders": sorted(pipeline.placeholders),
        "project": as_json(pipeline.project),
    }


if __name__ == "__main__":
    main()
