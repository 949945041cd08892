"""The start of every job of a table's problem.

    python3 job.py prepare ARGUMENT...

Where code is unpacked its folder has another name, so this file makes it the package `tabular`
first. Script mode hands on hyperparameters alone: without a job's name it is training.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

JOBS = ("prepare", "train", "evaluate", "number", "collect", "join", "measure", "propose")


def main(arguments: Sequence[str]) -> int:
    """Run a job with the rest of the command line."""
    named = bool(arguments) and not arguments[0].startswith("-")
    name, rest = (arguments[0], arguments[1:]) if named else ("train", arguments)
    if name not in JOBS:
        print(
            f"error: usage: job.py JOB ARGUMENT..., JOB one of {', '.join(JOBS)}", file=sys.stderr
        )
        return 2
    _make_package(Path(__file__).resolve().parent)
    failure = importlib.import_module("tabular.failure")
    module = importlib.import_module(f"tabular.{name}")
    return int(failure.exit_code_of(module.run, rest))


def _make_package(here: Path) -> None:
    spec = importlib.util.spec_from_file_location(
        "tabular", here / "__init__.py", submodule_search_locations=[str(here)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{here} holds no package")
    module = importlib.util.module_from_spec(spec)
    sys.modules["tabular"] = module
    spec.loader.exec_module(module)
    # A module of ours is no top-level one: it would hide another package's of the same name.
    sys.path[:] = [each for each in sys.path if not each or Path(each).resolve() != here]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
