"""The same bytes in any folder, on any date, without a network: only the sources count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.synthesis import PROJECT, copy_sources, synthesize

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = (
    *("constructs", "environments", "functions", "packages", "pipeline_definitions"),
    *("processing_code", "stacks", "build/wheelhouse"),
)
NO_NETWORK = """
import socket
import botocore.client

def refuse(*arguments, **options):
    raise AssertionError("the synthesis reached for the network")

socket.socket.connect = refuse
socket.getaddrinfo = refuse
socket.create_connection = refuse
botocore.client.BaseClient._make_api_call = refuse
"""
# The CDK itself is JavaScript: another date and no network there too.
ANOTHER_DAY = """
const Real = Date, shift = Number(process.env.DAYS) * 86400000;
globalThis.Date = class extends Real {
  constructor(...given) { given.length ? super(...given) : super(Real.now() + shift); }
  static now() { return Real.now() + shift; }
};
require('net').Socket.prototype.connect = function () { throw new Error('network'); };
"""
# The SageMaker SDK would take defaults for jobs from here.
OWN_DEFAULTS = """
SchemaVersion: '1.0'
SageMaker:
  ProcessingJob:
    EnableNetworkIsolation: false
"""


def _elsewhere(folder: Path, days: int) -> Path:
    """Synthesize a copy with all that could leak in made different."""
    copy_sources((*SOURCES, "app.py", "cdk.json"), folder)
    for name in SOURCES:
        (folder / name / "__pycache__").mkdir()
        (folder / name / "__pycache__" / "left-over.pyc").write_bytes(str(folder).encode())
    script = folder / "another-day.cjs"
    script.write_text(ANOTHER_DAY, encoding="utf-8")
    defaults = folder / ".config" / "sagemaker" / "config.yaml"
    defaults.parent.mkdir(parents=True)
    defaults.write_text(OWN_DEFAULTS, encoding="utf-8")
    variables = {
        "AWS_DEFAULT_REGION": "ap-south-1",
        "AWS_PROFILE": "nobody",
        "DAYS": str(days),
        "HOME": str(folder),
        "NODE_OPTIONS": f"--require {script}",
        "PYTHONHASHSEED": str(days),
        "TZ": "Asia/Tokyo",
    }
    synthesize(folder, folder / "out", variables, before=NO_NETWORK)
    return folder / "out"


def _files(assembly: Path) -> dict[str, bytes]:
    files = (path for path in assembly.rglob("*") if path.is_file())
    return {str(path.relative_to(assembly)): path.read_bytes() for path in files}


def test_no_file_names_the_folder_that_the_cdk_was_unpacked_to(all_environments: Path) -> None:
    files = _files(all_environments)
    assert any(name.endswith(".metadata.json") for name in files)
    assert [name for name, content in files.items() if b"jsii-kernel" in content] == []


@pytest.mark.slow
@pytest.mark.skipif(
    not (PROJECT / "build" / "wheelhouse").is_dir(), reason="the set-up fetches the wheelhouse"
)
def test_another_folder_date_and_person_without_network_same_bytes(
    all_environments: Path, tmp_path: Path
) -> None:
    first = _files(all_environments)
    second = _files(_elsewhere(tmp_path / "another" / "much-longer-folder", days=400))
    assert sorted(first) == sorted(second)
    different = [name for name, content in first.items() if second[name] != content]
    assert different == []
    templates = [name for name in first if name.endswith(".template.json")]
    assert len(templates) >= 24
    assert not any(str(tmp_path).encode() in second[name] for name in second if "asset" not in name)
