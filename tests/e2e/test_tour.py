"""`docs/tour.md`, as written: all of its commands, one after the other, in one shell."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Tree

_BLOCKS = re.compile(r"^## (.*?)$|^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What the page says in words, before or after the commands of a section.
FIRST = {"4. Change something": "sed -i 's/^  log_days: 30/  log_days: 60/' environments/dev.yaml"}
THEN = {"1. Bootstrap": "eval \"$(grep -E '^ *(aws|cdk) ' printed)\""}


def _script() -> str:
    """Return the page's commands, each block with a line that names its section."""
    lines, section = ["set -euo pipefail"], ""
    for title, block in _BLOCKS.findall((PROJECT / "docs" / "tour.md").read_text()):
        section = title or section
        if block:
            # The set-up is that of this test run; what is printed is to be run as printed.
            kept = re.sub(r"^make setup\n", "", block)
            kept = re.sub(
                r"^(mlops bootstrap-policy .*)$", r"\1 | tee printed", kept, flags=re.MULTILINE
            )
            lines += [f"echo '## {section}'", FIRST.get(section, ""), kept, THEN.get(section, "")]
    return "\n".join([*lines, "mlops local stop"])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_command_of_the_page_works(tree: Tree, tmp_path: Path) -> None:
    script = tmp_path / "tour.sh"
    script.write_text(_script())
    environment = {name: value for name, value in tree.variables.items() if name[:4] != "AWS_"}
    done = subprocess.run(
        ["/bin/bash", str(script)],
        cwd=tree.root,
        env={**environment, "AWS_PAGER": ""},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    said = dict(each.split("\n", 1) for each in done.stdout.split("## ")[1:])
    assert said.keys() >= {*FIRST, *THEN, "2. Deploy", "6. Take it away"}
    assert "bootstrapped" in said["1. Bootstrap"]
    assert "secure-mlops-dev-training" in said["3. Look around"]
    assert "RetentionInDays" in said["4. Change something"]
    assert "Number of stacks with differences: 0" not in said["4. Change something"]
    buckets = said["6. Take it away"].rpartition("destroyed")[2]
    assert "secure-mlops-dev-data-111111111111-eu-central-1" in buckets
