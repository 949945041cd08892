"""cfn-lint has nothing to say about any template."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.example
@pytest.mark.parametrize(
    "environments",
    # The three differ in a few values: what is wrong with one is wrong with all, nearly always.
    [("dev",), pytest.param(("staging", "prod"), marks=pytest.mark.slow)],
    ids="+".join,
)
def test_templates_are_clean(all_environments: Path, environments: tuple[str, ...]) -> None:
    folders = [all_environments / f"assembly-{name}" for name in environments]
    templates = [str(each) for folder in folders for each in folder.glob("*.template.json")]
    assert len(templates) >= 8 * len(environments)
    done = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), *templates],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
