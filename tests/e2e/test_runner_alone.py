"""The runner, installed by itself: its README's quickstart, command by command."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline_local.jobs.sandbox import namespaces_available
from tests.synthesis import PROJECT
from tools import set_up

if TYPE_CHECKING:
    from collections.abc import Iterator

UV = Path(sys.prefix) / "bin" / "uv"
README = PROJECT / "packages" / "pipeline_local" / "README.md"
NOT_OURS = (
    *("aws_cdk", "constructs", "environments", "iam_prover", "mlops", "pipeline_definitions"),
    *("promises", "secure_mlops_constructs", "sagemaker", "stacks", "typer", "z3"),
)


class Alone:
    """A folder with the clone's packages, and an environment with the runner and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "packages").symlink_to(PROJECT / "packages")
        self.bin = folder / "venv" / "bin"
        self.index = set_up._settings_for_uv()
        self.run(f"{UV} venv -q --python {sys.executable} venv").check_returncode()

    def run(self, command: str, folder: str = ".") -> subprocess.CompletedProcess[str]:
        ours = ("AWS_", "PYTHON")
        kept = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
        path = os.pathsep.join([str(self.bin), "/usr/bin", "/bin"])
        return subprocess.run(
            shlex.split(command),
            cwd=self.folder / folder,
            env={**kept, **self.index, "PATH": path, "VIRTUAL_ENV": str(self.bin.parent)},
            capture_output=True,
            text=True,
            check=False,
        )


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    if not namespaces_available():
        pytest.skip("the kernel gives this user no namespaces")
    found = Alone(tmp_path_factory.mktemp("alone"))
    yield found
    found.run(f"{found.bin}/pipeline-local stop --folder quickstart")


@pytest.fixture(scope="module")
def outputs(alone: Alone) -> dict[str, str]:
    """What each command of the quickstart printed; every one succeeds."""
    (block,) = re.findall(r"```console\n(.*?)```", README.read_text(), re.DOTALL)
    lines = block.strip().splitlines()
    assert len(lines) <= 10
    folder, printed = ".", {}
    for line in lines:
        if line.startswith("cd "):
            folder = line.removeprefix("cd ")
            continue
        command = line.replace("pip install", f"{UV} pip install -q")  # pip's own takes longer
        result = alone.run(command, folder)
        assert result.returncode == 0, f"{line}\n{result.stdout}{result.stderr}"
        printed[line] = result.stdout
    return printed


def test_the_quickstart_runs_as_written(alone: Alone, outputs: dict[str, str]) -> None:
    first, second = (text for line, text in outputs.items() if "pipeline-local run" in line)
    assert "Count: counts: s3://my-results/counts" in first
    facts = json.loads(second)
    assert (facts["status"], facts["parameters"]["Least"]) == ("Succeeded", 4)
    assert "Count" in (alone.folder / "quickstart" / "report.html").read_text()


@pytest.mark.usefixtures("outputs")
def test_nothing_else_of_the_platform_is_there(alone: Alone) -> None:
    code = f"from importlib.util import find_spec as f; print([n for n in {NOT_OURS} if f(n)])"
    assert alone.run(f'{alone.bin}/python -c "{code}"').stdout.strip() == "[]"


@pytest.mark.usefixtures("outputs")
def test_from_python_with_own_programs_in_the_image(alone: Alone) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    code += (
        "from pipeline_local import stop\n"
        "from pipeline_local.jobs.packages import own_programs, site_packages\n"
        "stop(Path())\n"
        "place = own_programs()\n"
        "assert place != site_packages() and (place / 'pipeline_local' / 'monitor').is_dir()\n"
    )
    (alone.folder / "quickstart" / "library.py").write_text(code)
    result = alone.run(f"{alone.bin}/python library.py", "quickstart")
    assert result.returncode == 0, result.stderr


@pytest.mark.usefixtures("outputs")
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("run none.json", 1, "error: none.json: there is no such file"),
        ("run none", 1, "error: none: there is no such file; give a pipeline definition or a"),
        ("run count.py", 1, "error: count.py: is not a pipeline definition or a template"),
        ("run .", 1, "error: .: is a folder; name one of its pipelines, too: --pipeline NAME"),
        ("run pipeline.json --data none.csv", 1, "none.csv"),
        ("run pipeline.json --parameter Least", 1, "write it as NAME=VALUE"),
        ("run pipeline.json --account 12", 1, "error: account '12': give its 12 digits"),
        ("run pipeline.json --upload x", 1, "write it as PATH=s3://BUCKET/KEY"),
        ("run pipeline.json --upload none=s3://my-code/", 1, "there is no such file"),
        ("run pipeline.json --upload rows.csv=s3://_/", 1, "error: "),
        ("run pipeline.json --data rows.csv --parameter Least=9", 1, "reason: too few rows"),
        ("report none", 1, "there is no run"),
        ("run", 2, "the following arguments are required: FILE"),
        ("--help", 0, "run a pipeline to its end"),
        ("stop", 0, "stopped"),
    ],
)
def test_what_goes_wrong_is_said(alone: Alone, arguments: str, code: int, words: str) -> None:
    result = alone.run(f"{alone.bin}/pipeline-local {arguments}", "quickstart")
    said = result.stdout + result.stderr
    assert (result.returncode, "Traceback" in said) == (code, False), said
    assert words in said
