"""Commands load what they need and nothing else, so that they answer at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.synthesis import PROJECT

# What typer itself loads: for its help, and for the options of a command.
TYPER = {"annotated_doc", "shellingham", "typer", "typing_extensions"}
OPTIONS = TYPER | {"annotated_types", "pydantic", "pydantic_core", "typing_inspection"}
OURS = {"mlops", "mlops_common"}
RUNS = {"pipeline_local", "pipeline_schema"}

_PROGRAM = """
import json, sys
from mlops.command_line.main import main
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["mlops", *arguments]
    try:
        main()
    except SystemExit as end:
        assert not end.code, arguments
names = {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names
print("\\n" + json.dumps(sorted(names)))
"""


def _loaded(*commands: str) -> set[str]:
    """Return what the commands, run in one process, load beside the standard library."""
    arguments = json.dumps([command.split() for command in commands])
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, arguments],
        cwd=PROJECT,
        env={**os.environ, "PYTHONWARNINGS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names = json.loads(done.stdout.splitlines()[-1])
    # Parts of others: extension modules, the finder of an editable installation.
    return {name for name in names if not name.startswith("_")} - {"cython_runtime"}


def _verbs() -> list[str]:
    from typer.main import get_command

    from mlops.command_line.main import app

    def below(command: object, words: tuple[str, ...]) -> list[str]:
        inside = getattr(command, "commands", {})
        own = [" ".join([*words, "--help"])] if words else []
        return own + [each for name in inside for each in below(inside[name], (*words, name))]

    return below(get_command(app), ())


def test_the_help_of_all_loads_typer_only() -> None:
    assert _loaded("--help") - TYPER == OURS


def test_the_help_of_each_command_loads_typer_and_what_it_reads_options_with() -> None:
    verbs = _verbs()
    assert {"run --help", "models list --help", "synth --help"} <= {*verbs}
    assert _loaded(*verbs) - OPTIONS == OURS


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        ("runs list", RUNS),
        ("local status", {*RUNS, "mlops_contract"}),
        ("prices list", {"mlops_contract", "yaml"}),
    ],
)
def test_a_light_command_loads_what_it_reads_only(command: str, needed: set[str]) -> None:
    assert _loaded(command) - OPTIONS - OURS == needed
