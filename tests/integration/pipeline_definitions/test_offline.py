"""Composing pipelines reaches nobody and depends on nothing outside the tree."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Blocks what would leave the process, then builds every pipeline and prints it.
PROGRAM = """
import json, socket
import botocore.client

def refuse(*_args, **_kwargs):
    raise AssertionError("composing a pipeline tried to reach the network")

socket.socket.connect = refuse
socket.getaddrinfo = refuse
socket.create_connection = refuse
botocore.client.BaseClient._make_api_call = refuse

from environments.loading import load_environments
from pipeline_definitions.catalog import build_pipelines

for settings in load_environments("dev,staging,prod"):
    for pipeline in build_pipelines(settings):
        print(settings.name, pipeline.name, json.dumps(pipeline.definition, sort_keys=True))
"""


def _build(folder: Path, **variables: str) -> bytes:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **variables}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_same_bytes_without_network_whoever_and_wherever_builds(tmp_path: Path) -> None:
    settings = tmp_path / ".config" / "sagemaker"
    settings.mkdir(parents=True)
    # The SDK would take defaults for jobs from here.
    (settings / "config.yaml").write_text(
        "SchemaVersion: '1.0'\nSageMaker:\n  ProcessingJob:\n    EnableNetworkIsolation: false\n"
    )
    other = tmp_path / "other"
    other.mkdir()
    first = _build(tmp_path, AWS_DEFAULT_REGION="ap-south-1", AWS_PROFILE="none", TZ="Asia/Tokyo")
    second = _build(other, PYTHONHASHSEED="7")
    assert first
    assert first == second
