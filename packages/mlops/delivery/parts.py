"""Stages of a delivery: verify, deploy, train, and score a small batch."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from environments.loading import load_environments
from mlops.delivery.commands import run_command
from mlops.delivery.results import read_results, write_results
from mlops.synthesis import synthesize
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Output of a build: cloud assemblies by environment, results.
HANDED_ON = "build/delivery"
NO_TESTS = "none"
# Test reports, where CodeBuild collects them.
REPORTS = "build/reports"
CHECKS = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["lint-imports"], ["mypy"])
_STARTED = "started: "
TRAINING = "training"


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
    assembly = (verified or root / HANDED_ON) / settings.name
    if not (assembly / "manifest.json").is_file():
        raise MlopsError(
            f"{assembly}: no cloud assembly of {settings.name}; run: mlops deliver verify"
        )
    run_command(
        [
            *("cdk", "deploy", f"{settings.name}/*", "--app", str(assembly)),
            *("--require-approval", "never", "--no-notices", "--progress", "events"),
        ],
        root,
    )


def train(root: Path, environment: str) -> None:
    """Start the training pipeline, wait for its end, and write the results."""
    (settings,) = load_environments(environment)
    kwargs = f"{{'environment': '{settings.name}'}}"
    module = "pipeline_definitions.training"
    end = run_command(["run-pipeline", "-n", module, "-kwargs", kwargs], root, check=False)
    if execution := _execution_of(end.lines):
        write_results(root / HANDED_ON, read_results(settings, execution))
    end.check()


def _execution_of(lines: Sequence[str]) -> str | None:
    return next((line.removeprefix(_STARTED) for line in lines if line.startswith(_STARTED)), None)


def smoke(root: Path, environment: str) -> None:
    """Score a batch in a deployed environment, and wait for its end."""
    (settings,) = load_environments(environment)
    # Score again what was scored before, and mark it as a rehearsal.
    given = ["--parameter", "ScoreAgain=yes", "--parameter", "Rehearsal=yes"]
    run = ["mlops", "run", "batch-inference", "--environment", settings.name, "--wait"]
    run_command([*run, *given], root)


def project(root: Path, environment: str, name: str) -> None:
    """Update the pipelines of a team's project to its repository, and train."""
    from mlops.delivery.projects import bring_up

    (settings,) = load_environments(environment)
    if not name:
        raise MlopsError("--project (PROJECT): is missing; name a project, such as p-churn")
    assembly = root / HANDED_ON / settings.name
    if not (assembly / "manifest.json").is_file():
        raise MlopsError(f"{assembly}: not there; run: mlops deliver verify")
    for line in bring_up(settings, assembly, name):
        sys.stdout.write(f"{line}\n")
    wanted = settings.project_template.pipelines if settings.project_template else ()
    if TRAINING in wanted:
        options = ["--environment", settings.name, "--project", name, "--wait"]
        run_command(["mlops", "run", TRAINING, *options], root)
