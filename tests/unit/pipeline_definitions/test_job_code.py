"""What of job code decides a definition is recorded beside the address of the code."""

from __future__ import annotations

import json
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from environments import load_environment
from mlops_contract.job_code import FILE
from pipeline_definitions import bundles
from pipeline_definitions.catalog import build_pipeline
from pipeline_definitions.job_code import record

if TYPE_CHECKING:
    from pathlib import Path

MODULE = """
    '''Count.'''
    import json, runpy, sys
    from pathlib import Path
    from pipeline_definitions import sdk

    JOBS = Path(__file__).parent / "_jobs"

    def get_pipeline(environment):
        READ
        code = environment.ship(JOBS)
        stop = {"ErrorMessage": code}
        step = sdk.RequestStep("Stop", sdk.StepTypeEnum.FAIL, stop, description="Stop.")
        return sdk.compose(environment, "count", parameters=[], steps=[step])
"""


@pytest.mark.parametrize(
    ("reads", "files"),
    [
        ("pass", []),
        ("(JOBS / 'columns.json').read_text()", ["columns.json"]),
        ("open(str(JOBS / 'columns.json'), 'rb').close()", ["columns.json"]),
        ("sys.path.insert(0, str(JOBS)); import schema_of_count", ["schema_of_count.py"]),
        ("runpy.run_path(str(JOBS / 'constants.py'))", ["constants.py"]),
    ],
)
def test_files_that_a_definition_is_built_from_are_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: str, files: list[str]
) -> None:
    monkeypatch.setattr(bundles, "STAGING_FOLDER", tmp_path / "staging")
    monkeypatch.setattr("sys.path", [*sys.path])
    folder = tmp_path / "pipelines"
    jobs = folder / "_jobs"
    jobs.mkdir(parents=True)
    for name in ("columns.json", "schema_of_count.py", "constants.py", "train.py"):
        (jobs / name).write_text("1")
    (folder / "count.py").write_text(textwrap.dedent(MODULE).replace("READ", reads))
    built = build_pipeline("count", load_environment("dev"), folder)
    sys.modules.pop("schema_of_count", None)

    record(tmp_path, tmp_path, [built])
    (bundle,) = built.bundles
    assert json.loads((tmp_path / FILE).read_text()) == {
        "folders": [{"folder": "pipelines/_jobs", "digest": bundle.digest}],
        "read": [f"pipelines/_jobs/{name}" for name in files],
    }
