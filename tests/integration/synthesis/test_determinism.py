"""The same bytes in any folder, on any date, without a network: only the sources count."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from environments.loading import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = FOLDER.parent
SOURCES = (
    *("constructs", "environments", "functions", "pipeline_definitions", "processing_code"),
    *("stacks", "build/wheelhouse"),
)
# Where in its own code, unpacked to a temporary folder, the CDK made a resource; read by nothing.
DEBUGGING_NOTES = (".metadata.json", "validation-report.json")
NO_NETWORK = """
import runpy, socket, sys
import botocore.client

def refuse(*arguments, **options):
    raise AssertionError("the synthesis reached for the network")

socket.socket.connect = refuse
socket.getaddrinfo = refuse
botocore.client.BaseClient._make_api_call = refuse
sys.argv = ["app.py"]
runpy.run_path("app.py", run_name="__main__")
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


def _synthesize(folder: Path, days: int) -> dict[str, bytes]:
    for name in SOURCES:
        caches = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / name, folder / name, ignore=caches, copy_function=shutil.copy)
        (folder / name / "__pycache__").mkdir()
        (folder / name / "__pycache__" / "left-over.pyc").write_bytes(str(folder).encode())
    for name in ("app.py", "cdk.json"):
        shutil.copy(PROJECT / name, folder)
    script = folder / "another-day.cjs"
    script.write_text(ANOTHER_DAY, encoding="utf-8")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "CDK_OUTDIR": str(folder / "out"),
        "CDK_VALIDATION": "false",  # it reads templates, and changes none
        "DAYS": str(days),
        "HOME": str(folder),
        "NODE_OPTIONS": f"--require {script}",
        "PYTHONPATH": os.pathsep.join([str(folder), str(folder / "constructs")]),
        "PYTHONHASHSEED": str(days),
    }
    done = subprocess.run(
        [sys.executable, "-c", NO_NETWORK],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    files = (
        path
        for path in (folder / "out").rglob("*")
        if path.is_file() and not path.name.endswith(DEBUGGING_NOTES)
    )
    return {str(path.relative_to(folder / "out")): path.read_bytes() for path in files}


@pytest.mark.skipif(
    not (PROJECT / "build" / "wheelhouse").is_dir(), reason="the set-up fetches the wheelhouse"
)
def test_two_folders_two_dates_no_network_same_bytes(tmp_path: Path) -> None:
    first = _synthesize(tmp_path / "one", days=0)
    second = _synthesize(tmp_path / "another" / "much-longer-folder", days=400)
    assert sorted(first) == sorted(second)
    different = [name for name, content in first.items() if second[name] != content]
    assert different == []
    templates = [name for name in first if name.endswith(".template.json")]
    assert len(templates) == 7
    assert not any(str(tmp_path).encode() in first[name] for name in first if "asset" not in name)
