"""The prover, installed into an empty environment, runs its README."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
README = ROOT / "packages/iam_prover/README.md"


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alone") / "venv"
    uv = str(Path(sys.executable).parent / "uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    install, _ = re.findall(r"```sh\n(.*?)```", README.read_text(), re.DOTALL)
    command = [uv, *install.split(), "--quiet", "--python", folder / "bin/python"]
    subprocess.run(command, cwd=ROOT, check=True)
    return folder


def _run(alone: Path, *command: str | Path) -> str:
    return subprocess.run(
        command,
        cwd=alone.parent,
        env={"PATH": f"{alone / 'bin'}:{os.defpath}"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_nothing_of_the_platform_is_there(alone: Path) -> None:
    code = "from importlib.util import find_spec as f; print(f('aws_cdk'), f('mlops_common'))"
    assert _run(alone, "python", "-c", code) == "None None\n"


def test_the_commands_of_the_readme_run_as_written(alone: Path) -> None:
    _, commands = re.findall(r"```sh\n(.*?)```", README.read_text(), re.DOTALL)
    first, second, *_ = _run(alone, "bash", "-ec", commands).splitlines()
    assert first == "impossible: proved for every such request"
    assert second.startswith("possible: ")


def test_the_python_of_the_readme_gives_what_it_says(alone: Path) -> None:
    assert _run(alone, "python", "-m", "doctest", README) == ""
