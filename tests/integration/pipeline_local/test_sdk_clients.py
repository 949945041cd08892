"""Both SDKs as clients that know an endpoint, and nothing of what answers there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.jobs.sandbox import namespaces_available
from pipeline_local.local_aws import keeper

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow
CLIENT = Path(__file__).with_name("sdk_client.py")
CLASSIC = "sagemaker==2.257.7"
QUIET = """
SchemaVersion: "1.0"
SageMaker:
  PythonSDK:
    Modules:
      TelemetryOptOut: true
"""


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    if not namespaces_available():
        pytest.skip("the kernel gives this user no namespaces")
    yield keeper.ensure_server(tmp_path / "state").url
    keeper.stop_server(tmp_path / "state")


def python_with(requirement: str, folder: Path) -> str:
    """Return a Python that has a package from the index; skip the test where there is none."""
    python = str(folder / "bin" / "python")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [python, "-m", "pip", "install", "--quiet", requirement]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"the package index has no {requirement}: {done.stderr.strip()[-200:]}")
    return python


def seen_by(python: str, endpoint: str, folder: Path) -> dict[str, Any]:
    quiet = folder / "sdk.yaml"
    quiet.write_text(QUIET)
    known = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    variables = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
        "HOME": str(folder),
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(quiet),
    }
    done = subprocess.run(
        [python, str(CLIENT), str(folder)],
        env=known | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("requirement", [CLASSIC, ""], ids=["SDK 2", "the pinned SDK 3"])
def test_a_pipeline_is_made_run_answered_retried_stopped_and_run_in_part(
    requirement: str, endpoint: str, tmp_path: Path
) -> None:
    python = python_with(requirement, tmp_path / "venv") if requirement else sys.executable
    seen = seen_by(python, endpoint, tmp_path)
    message = seen.pop("message")
    assert (message["arguments"], message["status"]) == ({"word": "yes"}, "Executing")
    assert seen == {
        "arn": "arn:aws:sagemaker:us-east-1:123456789012:pipeline/client",
        "first": "Succeeded",
        "steps": {"Make": "Succeeded", "Ask": "Succeeded", "Decide": "Succeeded"},
        "job": "Completed",
        "lines": ["wrote yes"],
        "made": "yesyes",
        "second": ["Failed", "nobody knows"],
        "retried": "Succeeded",
        "stopped": ["Stopped", "Stopping"],
        "selected": [{"word": "yes"}, "Succeeded"],
        "ran": ["Ask", "Decide"],
    }
