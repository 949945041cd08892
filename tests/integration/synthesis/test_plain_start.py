"""The CDK starts the app where the requirements are installed, and nothing of the project is."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.synthesis import PROGRAM, PROJECT

# Also of another process, as the proofs start them; and from the project's own folders.
FINDS_ALL = """
import subprocess, sys
sys.path.insert(0, "tools")
import start

start.make_importable()
imports = "import secure_mlops_constructs, stacks, mlops_common as ours; print(ours.__file__)"
subprocess.run([sys.executable, "-c", imports], cwd="/", check=True)
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the installed packages, but not with this project."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    # What a .pth file of that folder adds, such as an editable install, stays out.
    (site / "packages.pth").write_text(sysconfig.get_path("purelib"))
    return folder


def _run(bare: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    path = os.pathsep.join([str(bare / "bin"), os.environ["PATH"]])
    return subprocess.run(
        command,
        cwd=PROJECT,
        env={**environment, "PATH": path, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_project_is_not_installed_there(bare: Path) -> None:
    done = _run(bare, "python3", "-P", "-c", "import aws_cdk.aws_iam, mlops")
    assert "No module named 'mlops'" in done.stderr


def test_the_command_of_the_cdk_starts_the_app(bare: Path, tmp_path: Path) -> None:
    command = shlex.split(json.loads((PROJECT / "cdk.json").read_text())["app"])
    context = json.dumps({"environment": "nowhere"})
    done = _run(bare, *command, CDK_CONTEXT_JSON=context, CDK_OUTDIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("error: unknown environment 'nowhere'")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_synthesis_finds_everything(bare: Path, tmp_path: Path) -> None:
    output = tmp_path / "cdk.out"
    done = _run(
        bare,
        *("python3", "-c", FINDS_ALL + PROGRAM),
        CDK_CONTEXT_JSON=json.dumps({"environment": "dev"}),
        CDK_OUTDIR=str(output),
        CDK_VALIDATION="false",
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert Path(done.stdout.strip()).is_relative_to(PROJECT)
    assert list(output.glob("assembly-dev/*.template.json"))
    assert sys.prefix not in done.stderr
