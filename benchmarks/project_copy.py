"""A temporary copy of the project, to change and to synthesize without touching the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from environments.loading import VARIABLE
from mlops.synthesis.synthesize import environment_variables
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parent.parent
_LINKED = (".venv", "node_modules")
_LEFT_OUT = (*_LINKED, ".git", ".*_cache", ".hypothesis", "__pycache__", "*.egg-info")
_BUILT = ("build", "cdk.out")
_WHEELS = "wheelhouse"  # fetched by the set-up, no cache of a synthesis
_SHOWN_LINES = 8
_MLOPS = "import sys; from mlops.command_line.main import main; main()"
# A kind of change: the file, what is in it, and what takes its place. No two are alike.
CHANGES = {
    "stack": ("stacks/events.py", r'(What pipelines of this environment announce)[^"]*', r"\1 {}"),
    "setting": ("environments/dev.yaml", r"(data_days: )\d+", r"\g<1>{}"),
    "pipeline": ("pipeline_definitions/training.py", r'("Seed", default_value=)\d+', r"\g<1>{}"),
    "script": (
        "processing_code/train.py",
        r"(?s)\A(.*?)(?:\n# change \d+\n)?\Z",
        r"\1\n# change {}\n",
    ),
}
_NUMBERS = count(100)


@dataclass(frozen=True)
class ProjectCopy:
    """A folder with the project's files, and its commands run as a person would."""

    root: Path

    def mlops(self, *words: str) -> str:
        """Run the operator's command on the copy's own code; return what it prints."""
        return self.run(sys.executable, "-c", _MLOPS, *words)

    def cdk_synth(self, output: Path, environment: str = "dev") -> str:
        """Run the CDK's own command."""
        command = str(self.root / "node_modules" / ".bin" / "cdk")
        context = ("-c", f"environment={environment}")
        quiet = ("--quiet", "--no-notices", "--output", str(output))
        return self.run("node", command, "synth", *quiet, *context)

    def run(self, *command: str) -> str:
        """Run a command in the copy; return what it prints."""
        roots = (self.root, self.root / "constructs", self.root / "packages")
        variables = {
            **environment_variables(),
            VARIABLE: "environments",
            "PYTHONPATH": os.pathsep.join(map(str, roots)),
        }
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
        done = subprocess.run(
            command, cwd=self.root, env=variables, capture_output=True, text=True, check=False
        )
        if done.returncode:
            lines = (done.stdout + done.stderr).strip().splitlines()[-_SHOWN_LINES:]
            raise MlopsError(f"{' '.join(command[-4:])}: ended with {done.returncode}:", *lines)
        return done.stdout

    def clear(self) -> None:
        """Delete what was built, caches included."""
        for place in (self.root / each for each in _BUILT):
            for path in place.iterdir() if place.is_dir() else ():
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                elif path.name != _WHEELS:
                    path.unlink()

    def change(self, kind: str) -> None:
        """Make a change of a kind that was not made before."""
        name, pattern, replacement = CHANGES[kind]
        file = self.root / name
        text = file.read_text(encoding="utf-8")
        changed, found = re.subn(pattern, replacement.format(next(_NUMBERS)), text, count=1)
        if not found:
            raise MlopsError(
                f"{name}: nothing there matches {pattern}; name another place in CHANGES of "
                "benchmarks/project_copy.py"
            )
        file.write_text(changed, encoding="utf-8")


@contextmanager
def project_copy(source: Path = PROJECT) -> Iterator[ProjectCopy]:
    """Copy the project, compiled and with nothing built; the copy goes at the end."""
    with tempfile.TemporaryDirectory(prefix="mlops-benchmark-") as folder:
        root = Path(folder) / "project"
        left_out = shutil.ignore_patterns(*_LEFT_OUT, *_BUILT)
        shutil.copytree(source, root, ignore=left_out, symlinks=True)
        for name in _LINKED:
            (root / name).symlink_to(source / name)
        (root / "build").mkdir()
        (root / "build" / _WHEELS).symlink_to(source / "build" / _WHEELS)
        copy = ProjectCopy(root)
        copy.run(sys.executable, "-m", "compileall", "-q", "-x", "node_modules|[.]venv", ".")
        yield copy
