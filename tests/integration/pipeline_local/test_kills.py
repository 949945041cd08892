"""A run that is killed at any moment ends, resumed, like one that nobody disturbed."""

from __future__ import annotations

import json
import random
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import SmallProject

PAUSE = ("--parameter", "Pause=0.2")
# Kills that are always tried, and those of `pytest -m slow`; a seed is a moment.
SEEDS = [pytest.param(seed, marks=[pytest.mark.slow] if seed > 1 else []) for seed in range(1, 35)]


def model_of(project: SmallProject, run: str) -> bytes:
    (package,) = project.packages(run)
    (container,) = package["InferenceSpecification"]["Containers"]
    assert package["CustomerMetadataProperties"]["Rows"] == "40"
    return project.read(container["ModelDataUrl"])


@pytest.fixture(scope="module")
def undisturbed(project: SmallProject) -> tuple[float, bytes]:
    """How long a run takes, with the start of the command, and the model it makes."""
    project.run()  # the local AWS has started then
    begun = time.monotonic()
    facts = project.run(*PAUSE)
    return time.monotonic() - begun, model_of(project, facts["run"])


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_a_random_moment(
    project: SmallProject, undisturbed: tuple[float, bytes], seed: int
) -> None:
    seconds, model = undisturbed
    before = project.run_ids()
    process = project.start(*PAUSE)
    time.sleep(random.Random(seed).uniform(0.2, 1) * seconds)  # noqa: S311 - a moment, no secret
    project.kill(process)
    begun = project.run_ids() - before
    if not begun:  # killed before there was a run: nothing is registered, and nothing in the way
        assert json.loads(project.mlops("runs", "list", "--json").stdout) is not None
        begun = {project.run(*PAUSE)["run"]}
    (run,) = begun
    finished = [n for n, s in project.state(run)["steps"].items() if s["status"] == "Succeeded"]
    facts = project.run("--resume", run)
    assert facts["status"] == "Succeeded"
    attempts = {step["name"]: step["attempts"] for step in facts["steps"]}
    assert all(attempts[name] == 1 for name in finished)
    assert model_of(project, run) == model


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_while_it_deploys(
    project: SmallProject, undisturbed: tuple[float, bytes], seed: int
) -> None:
    _, model = undisturbed
    forget_deployment(project)
    before = project.run_ids()
    process = subprocess.Popen(
        project.command("run", "small", "--local", "--data", "data.csv"),
        cwd=project.root,
        env=project.variables(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(b"deploying"):
            break
    time.sleep(random.Random(seed).uniform(0, 0.3))  # noqa: S311 - a moment, no secret
    project.kill(process)
    process.stderr.close()
    assert project.run_ids() == before, "a run exists when everything it needs is there"
    facts = project.run()
    assert facts["status"] == "Succeeded"
    assert model_of(project, facts["run"]) == model


def forget_deployment(project: SmallProject) -> None:
    """Take away what a deployment has put, so that there is something to interrupt."""
    aws = project.aws()
    aws.client("ssm").delete_parameter(Name="/small/bucket")
    s3: Any = aws.client("s3")
    for bucket in [found["Name"] for found in s3.list_buckets()["Buckets"]]:
        for entry in s3.list_objects_v2(Bucket=bucket, Prefix="code/").get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=entry["Key"])
