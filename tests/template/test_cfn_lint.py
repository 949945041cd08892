"""cfn-lint has nothing to say about any template."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_templates_are_clean(cloud_assembly: Path) -> None:
    templates = sorted(map(str, cloud_assembly.glob("assembly-*/*.template.json")))
    assert len(templates) == 14
    done = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), *templates],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
