"""The table of AWS's managed policies is what the locked moto has."""

from __future__ import annotations

import subprocess
import sys

from tests.synthesis import PROJECT


def test_the_shipped_table_is_up_to_date() -> None:
    command = [sys.executable, str(PROJECT / "tools" / "managed_policies.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
