"""The page of fields is what the table says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]


def test_the_shipped_page_is_up_to_date() -> None:
    command = [sys.executable, str(PROJECT / "tools" / "pipeline_fields.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    page = (PROJECT / "docs" / "pipeline-definitions.md").read_text()
    assert "| `TrainingJob.MlflowConfig` | there is no MLflow server" in page
    assert "=AugmentedManifestFile` | lines of a manifest are not read here; use S3Prefix" in page
