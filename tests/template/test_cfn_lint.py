"""cfn-lint has nothing to say about any template."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_templates_are_clean(all_environments: Path) -> None:
    templates = sorted(map(str, all_environments.glob("assembly-*/*.template.json")))
    assert len(templates) == 21
    done = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), *templates],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
