"""Programs that end soon spend no time on garbage."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import atexit, gc
from mlops_common.processes import collect_rarely

atexit.register(lambda: print(gc.get_freeze_count() > 1000))  # called last
collect_rarely()
print(gc.get_threshold()[0] >= 100_000, gc.isenabled(), gc.get_freeze_count())
"""


def test_garbage_is_collected_rarely_and_not_at_the_end() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True", "0", "True"]
