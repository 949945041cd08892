"""Stages of a delivery: verify, deploy, train, and score a small batch."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from environments.loading import load_environments
from mlops.declared import declared_projects
from mlops.delivery.results import APPROVED, read_results, write_results
from mlops.synthesis import synthesize
from mlops_common.errors import MlopsError
from pipeline_definitions.catalog import module_of

if TYPE_CHECKING:
    from collections.abc import Sequence

# Output of a build: cloud assemblies by environment, results.
HANDED_ON = "build/delivery"
NO_TESTS = "none"
# Test reports, where CodeBuild collects them.
REPORTS = "build/reports"
CHECKS = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["lint-imports"], ["mypy"])
_STARTED = "started: "


@dataclass(frozen=True)
class CommandEnd:
    """Exit code and output of a command."""

    shown: str
    code: int
    lines: tuple[str, ...]

    def check(self) -> None:
        """Raise an error if it failed."""
        if self.code != 0:
            raise MlopsError(f"`{self.shown}` ended with {self.code}; see above")


def run_command(command: Sequence[str], root: Path, *, check: bool = True) -> CommandEnd:
    """Run a tool of the project's environment, passing its output through."""
    tools = Path(sys.executable).parent
    path = os.pathsep.join([str(tools), os.environ.get("PATH", os.defpath)])
    shown = " ".join(command)
    sys.stdout.write(f"$ {shown}\n")
    sys.stdout.flush()
    lines = []
    with subprocess.Popen(
        command, cwd=root, env={**os.environ, "PATH": path}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was requested
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            lines.append(line.rstrip("\n"))
    end = CommandEnd(shown, process.returncode, tuple(lines))
    if check:
        end.check()
    return end


def verify(root: Path, environments: str, tests: str) -> None:
    """Synthesize, check and test (`tests`: paths, or `NO_TESTS`), and keep the assemblies."""
    names = [settings.name for settings in load_environments(environments)]
    commands = [["mlops", "synth", "--environment", ",".join(names)], *CHECKS]
    if tests.strip() != NO_TESTS:
        report = root / REPORTS / "tests.xml"
        report.parent.mkdir(parents=True, exist_ok=True)
        options = ["-q", "-n", "auto", "--dist", "loadfile", f"--junitxml={report}"]
        commands.append(["pytest", *options, *tests.split()])
    # All of them, even after a failure: a person who fixes one wants to know the next.
    ends = [run_command(command, root, check=False) for command in commands]
    if failed := [f"`{end.shown}`" for end in ends if end.code != 0]:
        raise MlopsError(f"{', '.join(failed)}: failed; see above")
    for name in names:
        _hand_on(root, name)


def _hand_on(root: Path, environment: str) -> None:
    """Keep the proved assembly, atomically; a test may have replaced it."""
    target = root / HANDED_ON / environment
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{environment}.new")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(synthesize(environment, root), beside)
    shutil.rmtree(target, ignore_errors=True)
    beside.rename(target)


def deploy(root: Path, environment: str, verified: Path | None) -> None:
    """Deploy an environment from its verified assembly, by default that of `verify`."""
    (settings,) = load_environments(environment)
    assembly = _assembly(verified or root / HANDED_ON, settings.name)
    run_command(
        [
            *("cdk", "deploy", f"{settings.name}/*", "--app", str(assembly)),
            *("--require-approval", "never", "--no-notices", "--progress", "events"),
        ],
        root,
    )


def _assembly(folder: Path, environment: str) -> Path:
    assembly = folder / environment
    if not (assembly / "manifest.json").is_file():
        raise MlopsError(
            f"{assembly}: no cloud assembly of {environment}; run: mlops deliver verify"
        )
    return assembly


def train(root: Path, environment: str) -> None:
    """Train each model project, wait for the ends, and write the results."""
    (settings,) = load_environments(environment)
    kwargs = f"{{'environment': '{settings.name}'}}"
    trained = declared_projects(settings).trained()
    if not trained:
        sys.stdout.write("no pipeline declares a PROJECT: nothing to train\n")
    ends, found = [], []
    for name in trained:
        command = ["run-pipeline", "-n", module_of(name), "-kwargs", kwargs]
        end = run_command(command, root, check=False)
        ends.append(end)
        if execution := _execution_of(end.lines):
            found.append(read_results(settings, execution))
            if len(trained) > 1:
                write_results(root / HANDED_ON / name, found[-1])
    # What comes later waits for an approved model: for those of all projects.
    waiting = (each for each in found if each["model_approval_status"] != APPROVED)
    if found:
        write_results(root / HANDED_ON, next(waiting, found[-1]))
    for end in ends:
        end.check()


def _execution_of(lines: Sequence[str]) -> str | None:
    return next((line.removeprefix(_STARTED) for line in lines if line.startswith(_STARTED)), None)


def smoke(root: Path, environment: str) -> None:
    """Score a batch of each model project in a deployed environment, and wait for the ends."""
    (settings,) = load_environments(environment)
    # Score again what was scored before, and mark it as a rehearsal.
    parameters = ["--parameter", "ScoreAgain=yes", "--parameter", "Rehearsal=yes"]
    for project in declared_projects(settings).scored():
        run = ["mlops", "run", project.batch, "--environment", settings.name, "--wait"]
        run_command([*run, *parameters], root)


def project(root: Path, environment: str, name: str) -> None:
    """Update the pipelines of a team's project to its repository, and train."""
    from mlops.delivery.projects import bring_up

    (settings,) = load_environments(environment)
    if not name:
        raise MlopsError("--project (PROJECT): is missing; name a project, such as p-churn")
    for line in bring_up(settings, _assembly(root / HANDED_ON, settings.name), name):
        sys.stdout.write(f"{line}\n")
    wanted = settings.project_template.pipelines if settings.project_template else ()
    options = ["--environment", settings.name, "--project", name, "--wait"]
    for training in declared_projects(settings).trained():
        if training in wanted:
            run_command(["mlops", "run", training, *options], root)
